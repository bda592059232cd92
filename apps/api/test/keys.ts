import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { formatVerifierKey, noteKeyTypes } from '@sotto/audit';
import { createKeyObjectSigner } from '@sotto/audit/witness';
import { calculateJwkThumbprint } from 'jose';

/** A private identity key as the api reads it. */
export async function newIdentityKey(): Promise<string> {
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const kid = await calculateJwkThumbprint({ kty: 'EC', crv: 'P-256', x: jwk.x ?? '', y: jwk.y ?? '' });
  return JSON.stringify({ ...jwk, kid, alg: 'ES256', use: 'sig' });
}

export const newFieldKey = (): string => randomBytes(32).toString('base64url');

/** An Ed25519 key that a log is signed with, PEM. */
export const newSigningKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** The verifier key of a witness that nobody has heard of. */
export const newWitnessVerifier = (): string =>
  formatVerifierKey(
    createKeyObjectSigner(generateKeyPairSync('ed25519').privateKey, 'sotto.test/witness', noteKeyTypes.cosignatureV1)
      .key,
  );
