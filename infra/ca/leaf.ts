import { X509Certificate as InspectedCertificate, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { readIfThere, writeAtomic } from '../files/atomicFile.ts';
import type { Authority } from './authority.ts';
import { makeKeyPair, signingAlgorithm } from './keyPair.ts';
import type { SubjectName } from './subjectName.ts';

const day = 24 * 3600 * 1000;
/** What Apple and the CA/Browser Forum let a server's certificate live at most is 398 days. */
const lifetime = 390 * day;
const renewBefore = 60 * day;
const backdate = day;

/** RFC 5280 section 4.2.1.12. */
const purposes = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;

export interface LeafSpec {
  /** Its files are `<base>.pem` and `<base>.key`. */
  base: string;
  purpose: keyof typeof purposes;
  /** At least one; the order counts for nothing. */
  names: readonly SubjectName[];
  now: Date;
}

/** Paths of a certificate (PEM) and its private key (PKCS #8 PEM, mode 600). */
export interface LeafFiles {
  certificate: string;
  key: string;
}

function isGood(pem: string, spec: LeafSpec, authority: Authority): boolean {
  const leaf = new InspectedCertificate(pem);
  const issuer = new InspectedCertificate(authority.certificate.toString('pem'));
  const covered = ({ type, value }: SubjectName) =>
    (type === 'ip' ? leaf.checkIP(value) : leaf.checkHost(value, { wildcards: false })) !== undefined;
  return (
    leaf.verify(issuer.publicKey) &&
    leaf.validToDate.getTime() - spec.now.getTime() > renewBefore &&
    (leaf.subjectAltName ?? '').split(', ').length === spec.names.length &&
    spec.names.every(covered)
  );
}

/**
 * A certificate and its key for exactly these names. It is made anew when it nears its end, when the names change,
 * and when the authority does.
 */
export async function ensureLeaf(spec: LeafSpec, authority: Authority): Promise<LeafFiles> {
  const files = { certificate: `${spec.base}.pem`, key: `${spec.base}.key` };
  const kept = readIfThere(files.certificate);
  if (kept !== undefined && readIfThere(files.key) !== undefined && isGood(kept, spec, authority)) return files;

  const { pair, pem } = await makeKeyPair();
  const certificate = await X509CertificateGenerator.create({
    serialNumber: randomBytes(16).toString('hex'),
    subject: [{ O: ['Sotto'] }],
    issuer: authority.certificate.subjectName.toJSON(),
    notBefore: new Date(spec.now.getTime() - backdate),
    notAfter: new Date(spec.now.getTime() + lifetime),
    publicKey: pair.publicKey,
    signingKey: authority.keys.privateKey,
    signingAlgorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([purposes[spec.purpose]], false),
      new SubjectAlternativeNameExtension(spec.names.map(({ type, value }) => ({ type, value }))),
      await SubjectKeyIdentifierExtension.create(pair.publicKey),
      await AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
    ],
  });
  rmSync(files.certificate, { force: true });
  writeAtomic(files.key, pem);
  writeAtomic(files.certificate, `${certificate.toString('pem')}\n`, 0o644);
  return files;
}
