import { isIP } from 'node:net';
import { connect } from 'node:tls';

/** Who collects messages, by RFC 5425. */
export interface SyslogCollector {
  /** Its name or address, which stands in its certificate. */
  readonly host: string;
  readonly port: number;
  /** Its certificate's authority, PEM; null for those that the machine knows. */
  readonly ca: string | null;
  /** By what it knows this service, PEM; null where it asks for nothing. */
  readonly identity: { readonly cert: string; readonly key: string } | null;
}

const timeoutMs = 30_000;

/**
 * Sends bytes over a connection of their own. The protocol has no answer; what there is instead is that the collector ends
 * the connection in order after it has read its end, which one that dies with something unread doesn't.
 *
 * @throws what the connection met: then nothing is known to have arrived
 */
export const deliver = ({ host, port, ca, identity }: SyslogCollector, bytes: string): Promise<void> =>
  new Promise((resolve, reject) => {
    let isSent = false;
    let isAnswered = false;
    const socket = connect({
      ...{ host, port, minVersion: 'TLSv1.2', rejectUnauthorized: true },
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === null ? {} : { ca }),
      ...identity,
    });
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('The collector doesn’t answer.')));
    socket.on('secureConnect', () => socket.end(bytes));
    socket.on('finish', () => {
      isSent = true;
    });
    socket.on('end', () => {
      isAnswered = isSent;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      if (isAnswered) resolve();
      else reject(new Error('The collector ended the connection before it had everything.'));
    });
    socket.resume();
  });
