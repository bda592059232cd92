import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Server as HttpsServer, ServerOptions } from 'node:https';
import type { ConnectionOptions, PeerCertificate, TLSSocket } from 'node:tls';
import { readPublic, readSecret } from './environment.ts';
import { StartError } from './errors.ts';

/** A certificate chain and its private key, PEM. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

/** The only version that anything of ours speaks or accepts. */
const version = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } as const;

/**
 * Reads a certificate and its key.
 *
 * @param prefix of the two variables' names, such as `API_TLS`: for the error
 * @throws StartError if a file is missing, is no certificate, has expired, or the key doesn't belong to it
 */
export function loadTlsIdentity(certFile: string, keyFile: string, prefix: string): TlsIdentity {
  const cert = readPublic(certFile, `${prefix}_CERT`);
  const key = readSecret(keyFile, `${prefix}_KEY`);
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
  } catch {
    throw new StartError(`The file that ${prefix}_CERT names is not a certificate in PEM form.`);
  }
  if (new Date(certificate.validTo).getTime() <= Date.now()) {
    throw new StartError(`The certificate that ${prefix}_CERT names has expired; make a new one.`);
  }
  if (!belongs(key, certificate)) {
    throw new StartError(
      `The key that ${prefix}_KEY names doesn't belong to the certificate that ${prefix}_CERT names.`,
    );
  }
  return { cert, key };
}

function belongs(key: string, certificate: X509Certificate): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/** Options of an HTTPS listener: TLS 1.3 and nothing below. */
export function tlsServerOptions(identity: TlsIdentity): ServerOptions {
  return { cert: identity.cert, key: identity.key, ...version };
}

/**
 * Options of a listener that talks only to holders of a certificate from `ca`. Use `pinPeer` on the server too:
 * the same authority certifies several services.
 *
 * @param ca the authority's certificate, PEM
 */
export function mutualTlsServerOptions(identity: TlsIdentity, ca: string): ServerOptions {
  return { ...tlsServerOptions(identity), ca, requestCert: true, rejectUnauthorized: true };
}

/**
 * Options of a connection that presents a certificate and accepts only a server of `ca` that has the name.
 *
 * @param serverName the DNS name that must stand in the server's certificate, whatever address was dialled
 */
export function mutualTlsClientOptions(identity: TlsIdentity, ca: string, serverName: string) {
  return {
    cert: identity.cert,
    key: identity.key,
    ca,
    ...version,
    rejectUnauthorized: true,
    servername: serverName,
    checkServerIdentity: (_host: string, certificate: PeerCertificate) =>
      hasName(certificate.raw, serverName) ? undefined : new Error('The certificate has another name.'),
  } satisfies ConnectionOptions;
}

/** That very name among the certificate's SANs: no wildcards, no common name. */
function hasName(certificate: Uint8Array | undefined, name: string): boolean {
  if (certificate === undefined) return false;
  return new X509Certificate(certificate).checkHost(name, { subject: 'never', wildcards: false }) !== undefined;
}

/** True if the peer's certificate was verified against the authority and names this host. */
export function isPeer(socket: TLSSocket, name: string): boolean {
  return socket.authorized && hasName(socket.getPeerX509Certificate()?.raw, name);
}

/**
 * Makes a mutual-TLS server drop every connection whose certificate is for none of these names, before a byte of it is read.
 * Where there are several, `isPeer` tells them apart.
 *
 * @param onRefused told of each one dropped
 */
export function pinPeer(
  server: HttpsServer,
  names: string | readonly string[],
  onRefused: () => void = () => undefined,
): void {
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    if ([names].flat().some((name) => isPeer(socket, name))) return;
    socket.destroy();
    onRefused();
  });
}
