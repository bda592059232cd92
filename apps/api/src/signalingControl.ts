import { request } from 'node:https';
import { endsNames, sessionEndsPath, visitEndsPath } from '@sotto/protocol/ends';
import type { SessionId, VisitId } from '@sotto/protocol/ids';
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

/** Tells signaling what was ended. Each is done once nobody has an open socket of it, and throws where that isn't certain. */
export interface TellEnds {
  sessions(ids: readonly SessionId[]): Promise<void>;
  visits(ids: readonly VisitId[]): Promise<void>;
}

export const createEndsTeller = (link: SignalingLink): TellEnds => ({
  sessions: (sessions) => post(link, sessionEndsPath, { v: 1, sessions }),
  visits: (visits) => post(link, visitEndsPath, { v: 1, visits }),
});

const post = ({ url, tls, ca }: SignalingLink, path: string, body: object): Promise<void> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const text = JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
    const told = request(
      {
        ...{ host: hostname, port, method: 'POST', path, headers, agent: false },
        ...{ signal: AbortSignal.timeout(timeoutMs), ...mutualTlsClientOptions(tls, ca, endsNames.callee) },
      },
      (response) => {
        response.resume();
        if (response.statusCode === 204) resolve();
        else reject(new Error('Signaling didn’t end what was ended.'));
      },
    );
    told.on('error', reject);
    told.end(text);
  });
