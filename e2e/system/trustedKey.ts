import { createHash, type X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';

/**
 * The hash by which Chromium can be told to accept a server's certificate, once it has been checked here against the
 * system's own authority.
 *
 * @returns SHA-256 of the public key (SPKI), base64
 * @throws if the certificate isn't from that authority or isn't for that name
 */
export async function trustedKey(server: URL, ca: string): Promise<string> {
  const certificate = await new Promise<X509Certificate>((resolve, reject) => {
    const socket = connect(
      { host: server.hostname, servername: server.hostname, port: Number(server.port), ca: readFileSync(ca) },
      () => {
        const peer = socket.getPeerX509Certificate();
        socket.destroy();
        if (peer) resolve(peer);
        else reject(new Error('The server showed no certificate.'));
      },
    );
    socket.once('error', reject);
  });
  return createHash('sha256')
    .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}
