import { createPrivateKey, createPublicKey, KeyObject, webcrypto } from 'node:crypto';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** How every certificate here is signed. */
export const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** A new ECDSA P-256 pair. */
export async function makeKeyPair(): Promise<{ pair: webcrypto.CryptoKeyPair; pem: string }> {
  const pair = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  return { pair, pem: KeyObject.from(pair.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/** The pair whose private half is in PKCS #8 PEM. */
export function readKeyPair(pem: string): webcrypto.CryptoKeyPair {
  const privateKey = createPrivateKey(pem);
  return {
    privateKey: privateKey.toCryptoKey(algorithm, false, ['sign']),
    publicKey: createPublicKey(privateKey).toCryptoKey(algorithm, true, ['verify']),
  };
}
