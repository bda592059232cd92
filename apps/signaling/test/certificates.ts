// The certificate library's decorators need this before anything of it is loaded.
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { TlsIdentity } from '@sotto/service/tls';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const hour = 3600_000;

/** An authority that lives as long as a test. */
export interface TestAuthority {
  readonly pem: string;
  /** A certificate for exactly these DNS names and IP addresses. */
  issue(names: readonly { type: 'dns' | 'ip'; value: string }[]): Promise<TlsIdentity>;
}

const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
const validity = () => ({ notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + hour) });
const serialNumber = () => `00${randomBytes(15).toString('hex')}`;

export async function createTestAuthority(name: string): Promise<TestAuthority> {
  const keys = await newKeys();
  const own: X509Certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=${name}`,
    ...validity(),
    keys,
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  });
  return {
    pem: own.toString('pem'),
    async issue(names) {
      const leafKeys = await newKeys();
      const leaf = await X509CertificateGenerator.create({
        serialNumber: serialNumber(),
        subject: 'CN=test',
        issuer: own.subject,
        ...validity(),
        publicKey: leafKeys.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        extensions: [new SubjectAlternativeNameExtension([...names])],
      });
      const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', leafKeys.privateKey);
      return { cert: leaf.toString('pem'), key: PemConverter.encode(pkcs8, 'PRIVATE KEY') };
    },
  };
}
