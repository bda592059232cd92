import { AuditUsageError } from './errors.ts';
import type { TreeHasher } from './treeHasher.ts';

/**
 * The right edge of a growing tree: the roots of its perfect subtrees, largest first — one for each bit that is
 * set in `size`. Enough to append to a log and to tell its root without reading it. Immutable.
 */
export interface CompactRange {
  /** Number of leaves. */
  readonly size: number;
  readonly subtrees: readonly Uint8Array[];
}

export const emptyRange: CompactRange = { size: 0, subtrees: [] };

/** Number of set bits of a non-negative safe integer: how many subtrees a range of that size has. */
export function subtreeCount(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

/** A finished perfect subtree: `level` 0 is a leaf, and it is the `index`-th of its level from the left. */
export type OnSubtree = (level: number, index: number, hash: Uint8Array) => void;

/**
 * @param leaves leaf hashes in order
 * @param onSubtree told every perfect subtree that the appended leaves complete, leaves included
 */
export function appendLeaves(
  range: CompactRange,
  leaves: readonly Uint8Array[],
  hasher: TreeHasher,
  onSubtree?: OnSubtree,
): CompactRange {
  if (range.subtrees.length !== subtreeCount(range.size)) throw new AuditUsageError('range of another size');
  const subtrees = [...range.subtrees];
  let size = range.size;
  for (const leaf of leaves) {
    addSubtree(subtrees, size, 0, leaf, hasher, onSubtree);
    size += 1;
  }
  return { size, subtrees };
}

/**
 * As `appendLeaves`, of 2^level leaves of whose perfect subtree only the root is given.
 *
 * @param range of a size that is a multiple of 2^level
 */
export function appendSubtree(
  range: CompactRange,
  level: number,
  root: Uint8Array,
  hasher: TreeHasher,
  onSubtree?: OnSubtree,
): CompactRange {
  const width = 2 ** level;
  if (range.size % width !== 0) throw new AuditUsageError('range of another size');
  const subtrees = [...range.subtrees];
  addSubtree(subtrees, range.size / width, level, root, hasher, onSubtree);
  return { size: range.size + width, subtrees };
}

/** @param index how many subtrees of that level there are before */
function addSubtree(
  subtrees: Uint8Array[],
  index: number,
  level: number,
  root: Uint8Array,
  hasher: TreeHasher,
  onSubtree: OnSubtree | undefined,
): void {
  let hash = root;
  onSubtree?.(level, index, hash);
  // Each trailing 1 bit of the old count is a subtree that the new one completes.
  for (let rest = index, above = level + 1; rest % 2 === 1; rest = Math.floor(rest / 2), above += 1) {
    const left = subtrees.pop();
    if (!left) throw new AuditUsageError('range of another size');
    hash = hasher.node(left, hash);
    onSubtree?.(above, Math.floor(rest / 2), hash);
  }
  subtrees.push(hash);
}

/** The Merkle tree hash (RFC 6962 section 2.1) of the leaves in the range. */
export function rootOf(range: CompactRange, hasher: TreeHasher): Uint8Array {
  const [first, ...rest] = [...range.subtrees].reverse();
  if (!first) return hasher.empty;
  return rest.reduce((right, left) => hasher.node(left, right), first);
}
