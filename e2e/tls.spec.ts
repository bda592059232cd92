import { readFileSync } from 'node:fs';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { expect, test } from './fixtures.ts';

interface Attempt {
  /** The protocol that was agreed on, or the alert that refused. */
  readonly outcome: string;
}

/** One handshake with exactly one version offered, and what came of it. */
function attempt(server: URL, ca: string, version: SecureVersion): Promise<Attempt> {
  return new Promise((resolve) => {
    const socket: TLSSocket = connect({
      host: server.hostname,
      servername: server.hostname,
      port: Number(server.port),
      ca: readFileSync(ca),
      minVersion: version,
      maxVersion: version,
      // So that a refusal is the server's: OpenSSL's own default wouldn't offer the old ones.
      ciphers: 'ALL:@SECLEVEL=0',
    });
    socket.once('secureConnect', () => {
      resolve({ outcome: socket.getProtocol() ?? 'none' });
      socket.destroy();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve({ outcome: error.code ?? error.message }));
  });
}

test.describe('a network', { tag: '@installed' }, () => {
  for (const listener of ['web', 'signaling'] as const) {
    test(`the ${listener} listener speaks TLS 1.3`, async ({ system }) => {
      expect(await attempt(system[listener], system.ca, 'TLSv1.3')).toEqual({ outcome: 'TLSv1.3' });
    });

    for (const version of ['TLSv1.2', 'TLSv1.1', 'TLSv1'] as const) {
      test(`the ${listener} listener refuses ${version} with an alert`, async ({ system }) => {
        const { outcome } = await attempt(system[listener], system.ca, version);
        expect(outcome).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
      });
    }

    test(`the ${listener} listener shows a certificate of the local authority only`, async ({ system }) => {
      const strangers = await new Promise<string>((resolve) => {
        const server = system[listener];
        const socket = connect({ host: server.hostname, servername: server.hostname, port: Number(server.port) });
        socket.once('secureConnect', () => resolve('accepted'));
        socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
      });
      expect(strangers).toMatch(/SELF_SIGNED|UNABLE_TO/u);
    });
  }
});
