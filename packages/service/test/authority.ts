import 'reflect-metadata';
import { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import type { TlsIdentity } from '../src/tls.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 86_400_000;

const generateKeys = () => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

/** An authority of its own for one test run; keys never touch the disk. */
export async function createAuthority(name: string) {
  const keys = await generateKeys();
  const authority = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: algorithm,
    notAfter: new Date(Date.now() + day),
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  });
  return {
    ca: authority.toString('pem'),
    async issue(dns: string, notAfter = new Date(Date.now() + day)): Promise<TlsIdentity> {
      const own = await generateKeys();
      const certificate = await X509CertificateGenerator.create({
        subject: `CN=${dns}`,
        issuer: authority.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        notBefore: new Date(notAfter.getTime() - 2 * day),
        notAfter,
        extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: dns }])],
      });
      const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', own.privateKey)).toString('base64');
      return {
        cert: certificate.toString('pem'),
        key: `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`,
      };
    },
  };
}
