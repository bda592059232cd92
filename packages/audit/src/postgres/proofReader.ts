import { and, eq, gt, gte, lt, sql } from 'drizzle-orm';
import { appendLeaves, emptyRange, rootOf } from '../compactRange.ts';
import { consistencyPath, inclusionPath, type Subtree, splitPoint } from '../proof.ts';
import { hashLength, type TreeHasher } from '../treeHasher.ts';
import { maxBatch, splitHashes, storedLevelStep } from './batch.ts';
import { AuditStoreError } from './errors.ts';
import type { ReadableDatabase } from './readableDatabase.ts';
import { commitmentsTable, subtreeTable } from './schema.ts';

/** Leaves below one stored subtree of the lowest stored level. */
const tile = 2 ** storedLevelStep;
/** Commitments that are read at once where all are. */
const page = 8192;

/** Rows of hashes by level, place and end. */
type Cache = Map<string, Promise<Uint8Array[]>>;

/** Tiles whose leaf hashes are remembered, 20 KiB each. */
const maxKnownTiles = 64;

/**
 * Makes proofs from what is stored: leaves, and the roots of perfect subtrees of 256, 65,536, … of them. The tree
 * only grows, so nothing that is read here can change under the reader.
 */
export class ProofReader {
  readonly #database: ReadableDatabase;
  readonly #hasher: TreeHasher;
  /** Leaf hashes by tile, from its first on: the log only grows, so each is read once. */
  readonly #tiles = new Map<number, Uint8Array[]>();

  constructor(database: ReadableDatabase, hasher: TreeHasher) {
    this.#database = database;
    this.#hasher = hasher;
  }

  /** Commitments `start` to `start + length - 1`. @throws AuditStoreError `damaged` if some aren't there */
  async commitments(start: number, length: number): Promise<Uint8Array[]> {
    // From the batch that the first one is in, where batches of one entry would be a thousand rows.
    const own = sql`(select max(b.start) from ${commitmentsTable} b where b.start <= ${start})`;
    const rows = await this.#database
      .select()
      .from(commitmentsTable)
      .where(and(gte(commitmentsTable.start, own), lt(commitmentsTable.start, start + length)))
      .orderBy(commitmentsTable.start);
    const found = hashesAmong(rows, start, start + length);
    if (found.length !== length || found.some(({ index }, i) => index !== start + i)) {
      throw new AuditStoreError('damaged');
    }
    return found.map(({ commitment }) => commitment);
  }

  /** Those that are there from `start` to before `end`, by index. */
  async commitmentsFound(start: number, end: number): Promise<{ index: number; commitment: Uint8Array }[]> {
    const rows = await this.#database
      .select()
      .from(commitmentsTable)
      .where(and(gt(commitmentsTable.start, start - maxBatch), lt(commitmentsTable.start, end)))
      .orderBy(commitmentsTable.start);
    return hashesAmong(rows, start, end);
  }

  /** Where the first batch of commitments begins that begins there or later; null if none does. */
  async nextStart(start: number): Promise<number | null> {
    const [row] = await this.#database
      .select({ start: commitmentsTable.start })
      .from(commitmentsTable)
      .where(gte(commitmentsTable.start, start))
      .orderBy(commitmentsTable.start)
      .limit(1);
    return row?.start ?? null;
  }

  /** The root over the first `size` commitments, of all of which it is made anew. */
  async rootOfLeaves(size: number): Promise<Uint8Array> {
    let range = emptyRange;
    while (range.size < size) {
      const commitments = await this.commitments(range.size, Math.min(page, size - range.size));
      const leaves = commitments.map((commitment) => this.#hasher.leaf(commitment));
      range = appendLeaves(range, leaves, this.#hasher);
    }
    return rootOf(range, this.#hasher);
  }

  /** Sibling hashes that lead from the entry to the root of the first `size` entries, nearest first. */
  inclusion(index: number, size: number): Promise<Uint8Array[]> {
    return this.#hashes(inclusionPath(index, size));
  }

  /** As `inclusion` of each, which share what they read. */
  async inclusionsOf(wanted: readonly { readonly index: number; readonly size: number }[]): Promise<Uint8Array[][]> {
    const cache: Cache = new Map();
    const paths: Uint8Array[][] = [];
    for (const { index, size } of wanted) paths.push(await this.#hashes(inclusionPath(index, size), cache));
    return paths;
  }

  /** Commitments of several entries, with the hashes that lead from each to the root of the first `size`. */
  async inclusions(
    indexes: readonly number[],
    size: number,
  ): Promise<{ index: number; commitment: Uint8Array; path: Uint8Array[] }[]> {
    const cache: Cache = new Map();
    const found: { index: number; commitment: Uint8Array; path: Uint8Array[] }[] = [];
    for (const index of indexes) {
      const [commitment] = await this.commitments(index, 1);
      if (!commitment) throw new AuditStoreError('damaged');
      found.push({ index, commitment, path: await this.#hashes(inclusionPath(index, size), cache) });
    }
    return found;
  }

  /** Shows that the first `newSize` entries begin with the first `oldSize`. */
  consistency(oldSize: number, newSize: number): Promise<Uint8Array[]> {
    return this.#hashes(consistencyPath(oldSize, newSize));
  }

  /** @param cache neighbours on a path share their leaves' tile and their parents' rows: each is read once */
  async #hashes(path: readonly Subtree[], cache: Cache = new Map()): Promise<Uint8Array[]> {
    const hashes: Uint8Array[] = [];
    for (const subtree of path) hashes.push(await this.#hash(subtree, cache));
    return hashes;
  }

  async #hash({ start, length }: Subtree, cache: Cache): Promise<Uint8Array> {
    if (length === 1 || (length < tile && Math.floor(start / tile) === Math.floor((start + length - 1) / tile))) {
      return this.#rootAmong(await this.#leafTile(start, start + length, cache), start % tile, length);
    }
    const isPerfect = Number.isInteger(Math.log2(length));
    if (!isPerfect) {
      const k = splitPoint(length);
      const left = await this.#hash({ start, length: k }, cache);
      const right = await this.#hash({ start: start + k, length: length - k }, cache);
      return this.#hasher.node(left, right);
    }
    const level = Math.floor(Math.log2(length) / storedLevelStep) * storedLevelStep;
    const width = 2 ** level;
    const row = await this.#subtreeTile(level, Math.floor(start / width / tile), cache);
    return this.#rootAmong(row, (start / width) % tile, length / width);
  }

  #rootAmong(hashes: readonly Uint8Array[], offset: number, length: number): Uint8Array {
    const slice = hashes.slice(offset, offset + length);
    if (slice.length !== length) throw new AuditStoreError('damaged');
    return rootOf(appendLeaves(emptyRange, slice, this.#hasher), this.#hasher);
  }

  /** Leaf hashes of the tile around `start`, up to `end` or the tile's own. */
  #leafTile(start: number, end: number, cache: Cache): Promise<Uint8Array[]> {
    const first = Math.floor(start / tile) * tile;
    const key = `0/${first}/${end}`;
    const known = cache.get(key);
    if (known) return known;
    const read = this.#leafHashes(first, Math.min(tile, end - first));
    cache.set(key, read);
    return read;
  }

  async #leafHashes(first: number, length: number): Promise<Uint8Array[]> {
    const known = this.#tiles.get(first) ?? [];
    if (known.length >= length) return known.slice(0, length);
    const found = await this.commitments(first + known.length, length - known.length);
    const hashes = [...known, ...found.map((commitment) => this.#hasher.leaf(commitment))];
    // The oldest goes first.
    this.#tiles.delete(first);
    this.#tiles.set(first, hashes);
    const [oldest] = this.#tiles.keys();
    if (this.#tiles.size > maxKnownTiles && oldest !== undefined) this.#tiles.delete(oldest);
    return hashes;
  }

  #subtreeTile(level: number, tileIndex: number, cache: Cache): Promise<Uint8Array[]> {
    const key = `${level}/${tileIndex}`;
    const known = cache.get(key);
    if (known) return known;
    const first = tileIndex * tile;
    const read = this.#database
      .select()
      .from(subtreeTable)
      .where(and(eq(subtreeTable.level, level), gte(subtreeTable.index, first), lt(subtreeTable.index, first + tile)))
      .orderBy(subtreeTable.index)
      .then((rows) => {
        // A hole would shift all that follow: places are checked, not assumed.
        if (rows.some((row, i) => row.index !== first + i || row.hash.length !== hashLength)) {
          throw new AuditStoreError('damaged');
        }
        return rows.map((row) => row.hash);
      });
    cache.set(key, read);
    return read;
  }
}

const hashesAmong = (rows: readonly (typeof commitmentsTable.$inferSelect)[], start: number, end: number) =>
  rows
    .flatMap((row) => splitHashes(row.hashes).map((commitment, i) => ({ index: row.start + i, commitment })))
    .filter(({ index }) => index >= start && index < end);
