import { sha256 } from '@noble/hashes/sha2.js';
import { concat } from './bytes.ts';

/** SHA-256, synchronous: a log is millions of small inputs. Keeps neither what it is given nor what it gives. */
export type Sha256 = (data: Uint8Array) => Uint8Array;

/** Hashing of a Merkle tree as RFC 6962 section 2.1 (RFC 9162 section 2.1.1) defines it. All hashes are 32 bytes. */
export interface TreeHasher {
  /** SHA-256 of nothing: the root of the tree without leaves. */
  readonly empty: Uint8Array;
  /** SHA-256(0x00 ‖ leaf). */
  leaf(data: Uint8Array): Uint8Array;
  /** SHA-256(0x01 ‖ left ‖ right), of two hashes. */
  node(left: Uint8Array, right: Uint8Array): Uint8Array;
  /** SHA-256(salt ‖ content): a commitment. */
  commitment(salt: Uint8Array, content: Uint8Array): Uint8Array;
  /** The bare hash. */
  readonly sha256: Sha256;
}

const leafPrefix = Uint8Array.of(0);
const nodePrefix = 1;
/** What most contents fit into. */
const roomLength = 1024;

export const hashLength = 32;

/** @param hash the platform's SHA-256; Node's own is several times faster than portable JavaScript */
export function createTreeHasher(hash: Sha256): TreeHasher {
  // Written anew each time: the hash is done with it when it returns, and new ones would be most of the work.
  const children = new Uint8Array(1 + 2 * hashLength);
  children[0] = nodePrefix;
  const leaf = new Uint8Array(1 + hashLength);
  const room = new Uint8Array(roomLength);
  return {
    empty: hash(new Uint8Array()),
    leaf: (data) => {
      if (data.length !== hashLength) return hash(concat(leafPrefix, data));
      leaf.set(data, leafPrefix.length);
      return hash(leaf);
    },
    node: (left, right) => {
      children.set(left, 1);
      children.set(right, 1 + hashLength);
      return hash(children);
    },
    commitment: (salt, content) => {
      const length = salt.length + content.length;
      if (length > roomLength) return hash(concat(salt, content));
      room.set(salt);
      room.set(content, salt.length);
      return hash(room.subarray(0, length));
    },
    sha256: hash,
  };
}

/** Portable hasher for browsers. */
export const portableTreeHasher: TreeHasher = createTreeHasher(sha256);
