import { createHash, createPrivateKey, createPublicKey, decapsulate, diffieHellman, type KeyObject } from 'node:crypto';

/** PKCS #8 of an ML-KEM-768 key given by its 64-byte seed (RFC 9935), up to the seed. */
const mlKemPrefix = Buffer.from('3054020100300b060960864801650304040204428040', 'hex');

const x25519Private = (d: Buffer): KeyObject => {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), d]);
  return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
};

const x25519Public = (raw: Uint8Array): KeyObject =>
  createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), raw]),
    format: 'der',
    type: 'spki',
  });

const rawX25519 = (key: KeyObject): Buffer =>
  createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);

const keysOf = (seed: Uint8Array) => {
  const expanded = createHash('shake256', { outputLength: 96 }).update(seed).digest();
  const pkcs8 = Buffer.concat([mlKemPrefix, expanded.subarray(0, 64)]);
  return {
    mlKem: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }),
    x25519: x25519Private(expanded.subarray(64)),
  };
};

/** The public key of a 32-byte seed (draft-connolly-cfrg-xwing-kem section 5.2). */
export const xWingPublicKey = (seed: Uint8Array): Buffer => {
  const { mlKem, x25519 } = keysOf(seed);
  const mlKemPublic = createPublicKey(mlKem).export({ format: 'der', type: 'spki' }).subarray(-1184);
  return Buffer.concat([mlKemPublic, rawX25519(x25519)]);
};

/** The shared secret of an encapsulation (section 5.5). */
export const xWingDecapsulate = (seed: Uint8Array, ciphertext: Uint8Array): Buffer => {
  const { mlKem, x25519 } = keysOf(seed);
  const [ctM, ctX] = [ciphertext.subarray(0, 1088), ciphertext.subarray(1088)];
  const ssM = decapsulate(mlKem, ctM);
  const ssX = diffieHellman({ privateKey: x25519, publicKey: x25519Public(ctX) });
  const xWingLabel = Buffer.from('\\.//^\\', 'ascii');
  return createHash('sha3-256')
    .update(Buffer.concat([ssM, ssX, ctX, rawX25519(x25519), xWingLabel]))
    .digest();
};
