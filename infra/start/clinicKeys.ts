import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { identityKey } from '@sotto/protocol/credential';
import * as z from 'zod';
import { StartError } from '../errors.ts';
import { keptFile, writeAtomic } from '../files/atomicFile.ts';

/** The clinic's private identity key as it is kept: a JWK (RFC 7517) whose kid is its thumbprint (RFC 7638). */
const privateIdentityKey = identityKey.extend({ d: z.string().regex(/^[\w-]{43}$/) });

export interface ClinicKeys {
  /** 128 random bits, base64url: names the clinic in every ticket. */
  clinicId: string;
  /** File with the private ES256 JWK that signs tickets and credentials. */
  identityKeyFile: string;
  /** File with a JSON array of the public keys. */
  identityKeysFile: string;
  /** File with the 32 bytes, base64url, that encrypt fields at rest. */
  fieldKeyFile: string;
  /** File with the 32 bytes, base64url, by which patients' rows are found. With a new one all are indexed anew. */
  indexKeyFile: string;
  /** File with the 32 bytes, base64url, that sign tickets for uploads. A new one ends tickets of minutes, no more. */
  ticketKeyFile: string;
}

function makeIdentityKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y, d } = privateKey.export({ format: 'jwk' });
  const kid = createHash('sha256')
    .update(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }))
    .digest('base64url');
  return JSON.stringify({ kty: 'EC', crv: 'P-256', x, y, d, kid, alg: 'ES256', use: 'sig' });
}

function publicHalf(privateJwk: string, path: string): string {
  try {
    const { d: _, ...open } = privateIdentityKey.parse(JSON.parse(privateJwk));
    return JSON.stringify([open]);
  } catch {
    throw new StartError(
      `${path} holds no identity key any more: restore it, or choose another folder with --data DIR.`,
    );
  }
}

/**
 * The clinic's id and keys, each made once and kept in a file of mode 600.
 *
 * @param folder where they lie
 * @param mayBeNew whether there is no database yet: what stands in one can't be read with new keys
 * @throws StartError if a key is damaged, or gone while the database is there
 */
export async function keepClinicKeys(folder: string, mayBeNew: boolean): Promise<ClinicKeys> {
  const path = (name: string) => join(folder, name);
  const keep = (name: string, make: () => string) =>
    keptFile(path(name), () => {
      if (mayBeNew) return make();
      throw new StartError(
        `${path(name)} is gone but the database is there: restore it, or choose another --data DIR.`,
      );
    });
  const identityKeyFile = path('identity.jwk');
  const identity = await keep('identity.jwk', makeIdentityKey);
  const identityKeysFile = path('identity-public.json');
  writeAtomic(identityKeysFile, `${publicHalf(identity, identityKeyFile)}\n`);
  const fieldKeyFile = path('field.key');
  await keep('field.key', () => randomBytes(32).toString('base64url'));
  const ticketKeyFile = path('ticket.key');
  await keptFile(ticketKeyFile, () => randomBytes(32).toString('base64url'));
  const indexKeyFile = path('index.key');
  await keptFile(indexKeyFile, () => randomBytes(32).toString('base64url'));
  const clinicId = (await keep('clinic-id', () => randomBytes(16).toString('base64url'))).trim();
  if (!/^[\w-]{22}$/.test(clinicId)) {
    throw new StartError(`${path('clinic-id')} holds no clinic id any more: restore it, or choose another --data DIR.`);
  }
  return { clinicId, identityKeyFile, identityKeysFile, fieldKeyFile, indexKeyFile, ticketKeyFile };
}
