import { request } from 'node:https';
import type { SessionId } from '@sotto/protocol/ids';
import { sessionEndsNames, sessionEndsPath } from '@sotto/protocol/sessionEnds';
import { mutualTlsClientOptions, type TlsIdentity } from '@sotto/service/tls';

export interface SignalingLink {
  /** `https://host:port` of signaling's control port. */
  readonly url: string;
  /** Ours: the certificate names `api.sotto.internal`. */
  readonly tls: TlsIdentity;
  /** Certificate of the only authority whose signaling is believed, PEM. */
  readonly ca: string;
}

const timeoutMs = 2_000;

/** Tells signaling which sessions were ended. @returns once none of them has an open socket @throws where that isn't certain */
export type TellSessionEnds = (sessions: readonly SessionId[]) => Promise<void>;

export const createSessionEndsTeller =
  ({ url, tls, ca }: SignalingLink): TellSessionEnds =>
  (sessions) =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(url);
      const text = JSON.stringify({ v: 1, sessions });
      const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
      const told = request(
        {
          ...{ host: hostname, port, method: 'POST', path: sessionEndsPath, headers, agent: false },
          ...{ signal: AbortSignal.timeout(timeoutMs), ...mutualTlsClientOptions(tls, ca, sessionEndsNames.callee) },
        },
        (response) => {
          response.resume();
          if (response.statusCode === 204) resolve();
          else reject(new Error('Signaling didn’t end the sessions.'));
        },
      );
      told.on('error', reject);
      told.end(text);
    });
