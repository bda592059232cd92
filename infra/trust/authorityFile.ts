import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { StartError } from '../errors.ts';

/** An authority's certificate as stores want it. */
export interface AuthorityFile {
  path: string;
  pem: string;
  /** Its common name, with the random tag that tells it from others: what stores list it under. */
  name: string;
  /** First half of its SHA-256 fingerprint, hex: names its file where stores are folders. */
  tag: string;
}

/** @throws StartError if there is none yet */
export function readAuthority(path: string): AuthorityFile {
  if (!existsSync(path)) throw new StartError(`There is no authority at ${path} yet: run npm start first.`);
  const pem = readFileSync(path, 'utf8');
  const certificate = new X509Certificate(pem);
  const name = /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? 'Sotto local authority';
  return { path, pem, name, tag: certificate.fingerprint256.replaceAll(':', '').slice(0, 32).toLowerCase() };
}
