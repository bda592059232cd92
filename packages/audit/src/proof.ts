import { equal } from './bytes.ts';
import { AuditUsageError } from './errors.ts';
import { hashLength, type TreeHasher } from './treeHasher.ts';

/** More than the longest possible log of 2^53 leaves needs, and all that a witness takes. Nothing longer is looked at. */
export const maxProofLength = 63;

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const areHashes = (hashes: readonly Uint8Array[]): boolean => hashes.every((hash) => hash.length === hashLength);
const isProof = (proof: readonly Uint8Array[]): boolean => proof.length <= maxProofLength && areHashes(proof);
const half = (value: number): number => Math.floor(value / 2);
const isOdd = (value: number): boolean => value % 2 === 1;

/**
 * The root that an inclusion proof leads to (RFC 9162 section 2.1.3.2), or null if the proof has not the one
 * length that fits. Comparing it with a root from a checkpoint that was verified is what proves anything.
 *
 * @param leaf leaf hash, 32 bytes
 * @param index place of the leaf, from 0
 * @param size number of leaves of the tree that the root is of
 */
function rootFromInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  hasher: TreeHasher,
): Uint8Array | null {
  if (!isCount(index) || !isCount(size) || index >= size || leaf.length !== hashLength || !isProof(proof)) return null;
  let place = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return null;
    if (isOdd(place) || place === last) {
      hash = hasher.node(sibling, hash);
      while (!isOdd(place) && place !== 0) {
        place = half(place);
        last = half(last);
      }
    } else {
      hash = hasher.node(hash, sibling);
    }
    place = half(place);
    last = half(last);
  }
  return last === 0 ? hash : null;
}

/** Whether the leaf stands at `index` in the tree of `size` leaves with that root. */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
  hasher: TreeHasher,
): boolean {
  const reached = rootFromInclusion(leaf, index, size, proof, hasher);
  return reached !== null && equal(reached, root);
}

/**
 * Whether the tree of `newSize` leaves begins with the very leaves of the tree of `oldSize` (RFC 9162 section
 * 2.1.4.2). A tree of size 0 is the beginning of every tree, by the empty proof.
 */
export function verifyConsistency(
  oldSize: number,
  oldRoot: Uint8Array,
  newSize: number,
  newRoot: Uint8Array,
  proof: readonly Uint8Array[],
  hasher: TreeHasher,
): boolean {
  if (!isCount(oldSize) || !isCount(newSize) || oldSize > newSize || !isProof(proof)) return false;
  if (!areHashes([oldRoot, newRoot])) return false;
  if (oldSize === 0) return proof.length === 0 && equal(oldRoot, hasher.empty);
  if (oldSize === newSize) return proof.length === 0 && equal(oldRoot, newRoot);

  let place = oldSize - 1;
  let last = newSize - 1;
  while (isOdd(place)) {
    place = half(place);
    last = half(last);
  }
  // An old tree that is one perfect subtree proves itself: its root isn't sent along.
  const path = place === 0 ? [oldRoot, ...proof] : [...proof];
  const start = path.shift();
  if (!start) return false;
  let oldHash = start;
  let newHash = start;
  for (const sibling of path) {
    if (last === 0) return false;
    if (isOdd(place) || place === last) {
      oldHash = hasher.node(sibling, oldHash);
      newHash = hasher.node(sibling, newHash);
      while (!isOdd(place) && place !== 0) {
        place = half(place);
        last = half(last);
      }
    } else {
      newHash = hasher.node(newHash, sibling);
    }
    place = half(place);
    last = half(last);
  }
  return last === 0 && equal(oldHash, oldRoot) && equal(newHash, newRoot);
}

/** A run of leaves whose hash a proof needs: from `start`, `length` of them. */
export interface Subtree {
  readonly start: number;
  readonly length: number;
}

/** The largest power of two that is smaller than `size` (RFC 6962 section 2.1's k); `size` is at least 2. */
export function splitPoint(size: number): number {
  let k = 1;
  while (k * 2 < size) k *= 2;
  return k;
}

/** The subtrees of an inclusion proof PATH(index, D[size]) (RFC 6962 section 2.1.1), nearest the leaf first. */
export function inclusionPath(index: number, size: number): Subtree[] {
  if (!isCount(index) || !isCount(size) || index >= size)
    throw new AuditUsageError('no such entry in a log of that size');
  const path: Subtree[] = [];
  let [start, length] = [0, size];
  while (length > 1) {
    const k = splitPoint(length);
    if (index - start < k) {
      path.push({ start: start + k, length: length - k });
      length = k;
    } else {
      path.push({ start, length: k });
      start += k;
      length -= k;
    }
  }
  return path.reverse();
}

/** The subtrees of a consistency proof PROOF(oldSize, D[newSize]) (RFC 6962 section 2.1.2), in its order. */
export function consistencyPath(oldSize: number, newSize: number): Subtree[] {
  if (!isCount(oldSize) || !isCount(newSize) || oldSize > newSize)
    throw new AuditUsageError('sizes in the wrong order');
  if (oldSize === 0 || oldSize === newSize) return [];
  const path: Subtree[] = [];
  let [start, length, old, known] = [0, newSize, oldSize, true];
  while (old !== length) {
    const k = splitPoint(length);
    if (old <= k) {
      path.push({ start: start + k, length: length - k });
      length = k;
    } else {
      path.push({ start, length: k });
      start += k;
      length -= k;
      old -= k;
      known = false;
    }
  }
  // `known`: the rest is the old tree's own root, which the verifier has.
  if (!known) path.push({ start, length });
  return path.reverse();
}
