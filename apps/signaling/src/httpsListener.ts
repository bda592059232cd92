import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';

/** A client that takes longer than this for its handshake or its request is closed, ms. */
const patienceMs = 10_000;

/** Answers what isn't Socket.IO's. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Says that there is nothing. */
export const nothingHere: Answer = (_, response) => {
  response.writeHead(404, { 'content-length': 0, connection: 'close' }).end();
};

/** A port for Socket.IO: whatever else is asked over HTTPS is answered by 404, or as told. Closing Socket.IO closes it. */
export class HttpsListener {
  readonly server: Server;

  /** @param tls keys, certificates, and who may connect */
  constructor(tls: ServerOptions, answer: Answer = nothingHere) {
    this.server = createServer({ ...tls, handshakeTimeout: patienceMs }, answer);
    this.server.headersTimeout = patienceMs;
    this.server.requestTimeout = patienceMs;
  }

  /** @throws the system's error if the address can't be listened on */
  listen({ host, port }: { readonly host: string; readonly port: number }): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
  }

  /** The port that is listened on: what the system chose, if 0 was asked for. */
  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }
}
