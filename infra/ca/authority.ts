// The certificate library's decorators need this before anything of it is loaded.
import 'reflect-metadata';
import { randomBytes, type webcrypto } from 'node:crypto';
import { rmSync } from 'node:fs';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { readIfThere, writeAtomic } from '../files/atomicFile.ts';
import { makeKeyPair, readKeyPair, signingAlgorithm } from './keyPair.ts';
import { nameConstraintsExtension, type PermittedNames, permits } from './nameConstraints.ts';
import type { SubjectName } from './subjectName.ts';

const day = 24 * 3600 * 1000;
const lifetime = 5 * 365 * day;
/** A new authority is made this long before the old one ends: longer than any leaf may live. */
const renewBefore = 400 * day;
/** Phones' clocks may be behind. */
const backdate = day;

export interface Authority {
  certificate: X509Certificate;
  keys: webcrypto.CryptoKeyPair;
  /** Where its certificate lies, for those who are to trust it. */
  path: string;
  /** True if it was made just now, so nothing trusts it yet. */
  isNew: boolean;
}

export interface AuthoritySpec {
  /** Its files are `<base>.pem` and `<base>.key`. */
  base: string;
  /** Common name, to which a random tag is added so that stores can tell authorities apart. */
  name: string;
  /** What it may issue for; see RFC 5280 section 4.2.1.10. */
  permitted: PermittedNames;
  /** What it is needed for now. */
  needed: readonly SubjectName[];
  now: Date;
}

function kept(spec: AuthoritySpec): Authority | undefined {
  const certificatePem = readIfThere(`${spec.base}.pem`);
  const keyPem = readIfThere(`${spec.base}.key`);
  if (certificatePem === undefined || keyPem === undefined) return undefined;
  const certificate = new X509Certificate(certificatePem);
  if (certificate.notAfter.getTime() - spec.now.getTime() < renewBefore) return undefined;
  if (!permits(certificate, spec.needed)) return undefined;
  return { certificate, keys: readKeyPair(keyPem), path: `${spec.base}.pem`, isNew: false };
}

/**
 * A certification authority in two files, made once: ECDSA P-256, able to issue leaves only, and only for permitted
 * names, so that its key is worth little elsewhere. It is replaced when it nears its end or doesn't permit a name
 * that is needed now; then it must be trusted anew.
 */
export async function ensureAuthority(spec: AuthoritySpec): Promise<Authority> {
  const old = kept(spec);
  if (old) return old;
  const { pair, pem } = await makeKeyPair();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(16).toString('hex'),
    name: [{ O: ['Sotto'] }, { CN: [`${spec.name} ${randomBytes(3).toString('hex')}`] }],
    notBefore: new Date(spec.now.getTime() - backdate),
    notAfter: new Date(spec.now.getTime() + lifetime),
    keys: pair,
    signingAlgorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(pair.publicKey),
      nameConstraintsExtension(spec.permitted),
    ],
  });
  // Should this end between the two, the pair is incomplete and is made anew.
  rmSync(`${spec.base}.pem`, { force: true });
  writeAtomic(`${spec.base}.key`, pem);
  writeAtomic(`${spec.base}.pem`, `${certificate.toString('pem')}\n`, 0o644);
  return { certificate, keys: pair, path: `${spec.base}.pem`, isNew: true };
}
