import { appendSubtree, type CompactRange, emptyRange, type OnSubtree, rootOf } from './compactRange.ts';
import { HashList } from './hashList.ts';
import { hashLength, type TreeHasher } from './treeHasher.ts';

const blockLevel = 6;
/** Leaves of a perfect subtree that is computed in one go, where the leaves are read. */
export const blockSize = 2 ** blockLevel;

/** How many leaves from this index on belong to a block that has begun before. */
export const leavesBeforeBlock = (index: number): number => (blockSize - (index % blockSize)) % blockSize;

/** @param commitments of so many leaves as a block has, one behind the other */
export function rootOfBlock(commitments: Uint8Array, hasher: TreeHasher): Uint8Array {
  const row: Uint8Array[] = [];
  for (let at = 0; at < commitments.length; at += hashLength) {
    row.push(hasher.leaf(commitments.subarray(at, at + hashLength)));
  }
  for (let width = row.length / 2; width >= 1; width /= 2) {
    for (let i = 0; i < width; i += 1) {
      row[i] = hasher.node(row[2 * i] ?? hasher.empty, row[2 * i + 1] ?? hasher.empty);
    }
  }
  return row[0] ?? hasher.empty;
}

/** The commitments of a log from leaf 0 on, and the tree over them. */
export class LeafTree {
  readonly #hasher: TreeHasher;
  readonly #commitments = new HashList();
  /** Roots of blocks that are known already, by the block's place. */
  readonly #blocks = new Map<number, Uint8Array>();

  constructor(hasher: TreeHasher) {
    this.#hasher = hasher;
  }

  /** Number of leaves. */
  get size(): number {
    return this.#commitments.length;
  }

  /** @returns a view; undefined behind the end */
  commitmentAt(index: number): Uint8Array | undefined {
    return this.#commitments.at(index);
  }

  /** @param commitments one or more, one behind the other */
  push(commitments: Uint8Array): void {
    this.#commitments.push(commitments);
  }

  /** @param root of the block of that place, all of whose leaves were pushed; kept */
  pushBlock(place: number, root: Uint8Array): void {
    this.#blocks.set(place, root);
  }

  /**
   * Roots of the tree at these sizes, none above the tree's own.
   *
   * @param onSubtree told every perfect subtree of a block or more up to the largest of the sizes
   */
  rootsAt(sizes: readonly number[], onSubtree?: OnSubtree): Map<number, Uint8Array> {
    const stops = [...new Set(sizes)].filter((size) => size <= this.size).sort((a, b) => a - b);
    const roots = new Map<number, Uint8Array>();
    let whole = emptyRange;
    /** The last that was made: the next may lie in the same block. */
    let edge = emptyRange;
    for (const stop of stops) {
      while (whole.size + blockSize <= stop) {
        whole = appendSubtree(whole, blockLevel, this.#blockAt(whole.size / blockSize), this.#hasher, onSubtree);
      }
      edge = this.#withLeaves(edge.size < whole.size ? whole : edge, stop);
      roots.set(stop, rootOf(edge, this.#hasher));
    }
    return roots;
  }

  #withLeaves(range: CompactRange, end: number): CompactRange {
    let longer = range;
    while (longer.size < end) {
      const leaf = this.#hasher.leaf(this.#commitments.at(longer.size) ?? this.#hasher.empty);
      longer = appendSubtree(longer, 0, leaf, this.#hasher);
    }
    return longer;
  }

  #blockAt(place: number): Uint8Array {
    const known = this.#blocks.get(place);
    if (known) return known;
    return rootOfBlock(this.#commitments.slice(place * blockSize, (place + 1) * blockSize), this.#hasher);
  }
}
