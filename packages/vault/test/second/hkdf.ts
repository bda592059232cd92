import { createHmac } from 'node:crypto';

type Hash = 'sha1' | 'sha256';

const sizes = { sha1: 20, sha256: 32 } as const;

/** HKDF-Extract (RFC 5869 section 2.2). */
export const extract = (hash: Hash, salt: Uint8Array, ikm: Uint8Array): Buffer =>
  createHmac(hash, salt.length === 0 ? Buffer.alloc(sizes[hash]) : salt)
    .update(ikm)
    .digest();

/** HKDF-Expand (RFC 5869 section 2.3). */
export const expand = (hash: Hash, prk: Uint8Array, info: Uint8Array, length: number): Buffer => {
  let block = Buffer.alloc(0);
  let output = Buffer.alloc(0);
  for (let counter = 1; output.length < length; counter += 1) {
    block = createHmac(hash, prk)
      .update(Buffer.concat([block, info, Buffer.of(counter)]))
      .digest();
    output = Buffer.concat([output, block]);
  }
  return output.subarray(0, length);
};

export const hkdf = (hash: Hash, ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Buffer =>
  expand(hash, extract(hash, salt, ikm), info, length);
