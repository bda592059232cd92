import { sha256 } from '@noble/hashes/sha2.js';
import { concat } from './bytes.ts';

/** SHA-256, synchronous: hashing a log goes through millions of small inputs. Doesn't keep what it is given. */
export type Sha256 = (data: Uint8Array) => Uint8Array;

/** Hashing of a Merkle tree as RFC 6962 section 2.1 (RFC 9162 section 2.1.1) defines it. All hashes are 32 bytes. */
export interface TreeHasher {
  /** SHA-256 of nothing: the root of the tree without leaves. */
  readonly empty: Uint8Array;
  /** SHA-256(0x00 ‖ leaf). */
  leaf(data: Uint8Array): Uint8Array;
  /** SHA-256(0x01 ‖ left ‖ right), of two hashes. */
  node(left: Uint8Array, right: Uint8Array): Uint8Array;
  /** The bare hash, for commitments. */
  readonly sha256: Sha256;
}

const leafPrefix = Uint8Array.of(0);
const nodePrefix = 1;

export const hashLength = 32;

/** @param hash the platform's SHA-256; Node's own is several times faster than portable JavaScript */
export function createTreeHasher(hash: Sha256): TreeHasher {
  // Written anew for each node: the hash is done with it when it returns.
  const children = new Uint8Array(1 + 2 * hashLength);
  children[0] = nodePrefix;
  return {
    empty: hash(new Uint8Array()),
    leaf: (data) => hash(concat(leafPrefix, data)),
    node: (left, right) => {
      children.set(left, 1);
      children.set(right, 1 + hashLength);
      return hash(children);
    },
    sha256: hash,
  };
}

/** Portable hasher for browsers. */
export const portableTreeHasher: TreeHasher = createTreeHasher(sha256);
