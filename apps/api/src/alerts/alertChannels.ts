import { createHmac } from 'node:crypto';
import { request } from 'node:https';
import type { IncidentId } from '@sotto/protocol/incidents';
import type { MessageId } from '../incidentSchema.ts';

/** That there is an incident; who it is about, and of whom something was opened, isn't in it. */
export interface AlertMessage {
  readonly id: MessageId;
  readonly incident: IncidentId;
  readonly at: Date;
  /** The page of incidents. */
  readonly url: string;
}

/** Tells of an incident. Throws where it isn't certain that it was taken: it is tried again, with the same id. */
export interface AlertChannel {
  send(message: AlertMessage): Promise<void>;
}

/** Those that are set up. */
export interface AlertChannels {
  readonly sms?: AlertChannel;
  readonly webhook?: AlertChannel;
}

interface Receiver {
  /** `https://…`; nothing of a message ever changes it, and no redirection is followed. */
  readonly url: string;
  /** Certificate of the receiver's authority, where the machine doesn't know it, PEM. */
  readonly ca: string | null;
}

const timeoutMs = 10_000;

const post = ({ url, ca }: Receiver, body: string, own: Readonly<Record<string, string>>): Promise<void> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), ...own };
    const sent = request(
      url,
      {
        ...{ method: 'POST', headers, agent: false, minVersion: 'TLSv1.2', signal: AbortSignal.timeout(timeoutMs) },
        ...(ca === null ? {} : { ca }),
      },
      (response) => {
        response.resume();
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) resolve();
        else reject(new Error('The receiver didn’t take it.'));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });

/**
 * Posts `{ type, id, incident, at, url }`, signed: `sotto-signature: v1=<hex>`, HMAC-SHA256 by the key over the value of
 * `sotto-timestamp` (Unix seconds), a point, and the body (packages/protocol/SPEC.md section 1).
 */
export const webhookChannel = (receiver: Receiver, key: string): AlertChannel => ({
  async send({ at, ...message }) {
    const body = JSON.stringify({ type: 'sotto/incident/v1', ...message, at: at.toISOString() });
    const timestamp = Math.floor(Date.now() / 1000).toString();
    const signature = createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex');
    await post(receiver, body, { 'sotto-timestamp': timestamp, 'sotto-signature': `v1=${signature}` });
  },
});

/** Posts `{ id, to, text }` to a gateway that sends text messages, by a bearer token. */
export const smsChannel = (receiver: Receiver, token: string, to: readonly string[]): AlertChannel => ({
  async send({ id, url }) {
    const body = JSON.stringify({ id, to, text: `Unusual access was found. Sign in: ${url}` });
    await post(receiver, body, { authorization: `Bearer ${token}` });
  },
});
