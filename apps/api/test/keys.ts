import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';

/** A private identity key as the api reads it. */
export async function newIdentityKey(): Promise<string> {
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const kid = await calculateJwkThumbprint({ kty: 'EC', crv: 'P-256', x: jwk.x ?? '', y: jwk.y ?? '' });
  return JSON.stringify({ ...jwk, kid, alg: 'ES256', use: 'sig' });
}

export const newFieldKey = (): string => randomBytes(32).toString('base64url');
