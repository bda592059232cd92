import { fromUtf8, toBase64url } from './bytes.ts';
import type { OnSubtree } from './compactRange.ts';
import type { LoggedLeaf } from './exportLine.ts';
import type { Finding } from './finding.ts';
import { IdIndex } from './idIndex.ts';
import { type LeafRun, LeafRunBuilder, type OddLeaf } from './leafRun.ts';
import { blockSize, LeafTree, leavesBeforeBlock } from './leafTree.ts';
import { PatientChains } from './patientChain.ts';
import { hashLength, type TreeHasher } from './treeHasher.ts';

/** An entry that doesn't open the commitment of its place: kept until all commitments are known. */
interface Stranger {
  readonly index: number;
  /** What it does open, base64url; null if nothing could be. */
  readonly commitment: string | null;
}

/** What the leaves alone tell, once all were read. */
export interface ScannedLog {
  /** As the log says. */
  readonly size: number;
  /** Leaves before the first that is missing: how far the tree can be computed. */
  readonly unbroken: number;
  /** Of those whose entry was erased as SPEC.md section 6 says, by index. */
  readonly erased: ReadonlyMap<number, Uint8Array>;
  readonly findings: readonly Finding[];
  /**
   * Roots of the tree at these sizes, none above `unbroken`.
   *
   * @param onSubtree told every perfect subtree of 64 leaves or more up to the largest of the sizes
   */
  rootsAt(sizes: readonly number[], onSubtree?: OnSubtree): ReadonlyMap<number, Uint8Array>;
}

/** How many leaves are looked at at a time. */
const runLength = 1024;
/** As many ids as there is room for from the start. */
const mostExpected = 1 << 20;

/** One pass over a log's leaves. Keeps a hash and an id of each. */
export class LogScan {
  readonly #hasher: TreeHasher;
  readonly #findings: Finding[] = [];
  /** From leaf 0 without a gap. */
  readonly #tree: LeafTree;
  /** Commitments of those behind a gap, by index. */
  readonly #ahead = new Map<number, Uint8Array>();
  /** The indices in the order in which they were read, from the first that isn't its place. */
  #order: number[] | null = null;
  readonly #ids: IdIndex;
  readonly #strangers: Stranger[] = [];
  readonly #empty: number[] = [];
  /** By index, the commitments that entries about erasures name: any of them counts that is the leaf's. */
  readonly #erasures = new Map<number, string[]>();
  readonly #chains = new PatientChains();
  readonly #size: number;
  /** Leaves that were handed in one by one and not looked at yet. */
  #waiting: LeafRunBuilder;
  /** Behind the last index that was read. */
  #next = 0;

  /** @param size number of leaves that the log says it has */
  constructor(size: number, hasher: TreeHasher) {
    this.#size = size;
    this.#hasher = hasher;
    this.#tree = new LeafTree(hasher);
    this.#ids = new IdIndex(Math.min(size, mostExpected), crypto.getRandomValues(new Uint32Array(2)));
    this.#waiting = new LeafRunBuilder(runLength, hasher);
  }

  take(leaf: LoggedLeaf): void {
    this.#waiting.add(leaf);
    if (this.#waiting.isFull) this.#takeWaiting();
  }

  #takeWaiting(): void {
    const run = this.#waiting.finish();
    this.#waiting = new LeafRunBuilder(runLength, this.#hasher);
    this.takeRun(run);
  }

  /** As `take` of each leaf; the run was made by this very package. Not to be mixed with `take`. */
  takeRun(run: LeafRun): void {
    const { indices, commitments } = run;
    const patients = fromUtf8(run.patients, 'entry').split('\n');
    const ids = wordsOf(run.ids);
    const links = {
      sequences: run.sequences,
      previous: wordsOf(run.previous),
      commitments: wordsOf(commitments),
    };
    const areNext = this.#areNext(run);
    if (areNext) this.#extend(run);
    for (let row = 0; row < indices.length; row += 1) {
      const index = indices[row] ?? 0;
      if (!areNext) {
        if (!this.#expects(index)) continue;
        this.#place(index, commitments.subarray(row * hashLength, (row + 1) * hashLength));
      }
      const odd = run.odd.get(row);
      if (odd && odd.tag !== 'erasure') {
        this.#keepOdd(index, odd);
        continue;
      }
      const first = this.#ids.add(ids, row, index);
      if (first !== undefined) this.#findings.push({ tag: 'duplicated', index, firstAt: first });
      const patient = patients[row] ?? '';
      const follows = patient === '' || this.#chains.follows(patient, links, row);
      if (!follows) this.#findings.push({ tag: 'patientGap', index });
      if (odd) this.#erasures.set(odd.index, [...(this.#erasures.get(odd.index) ?? []), odd.commitment]);
    }
  }

  /** Whether these are the very leaves that come next, in a log in which nothing was out of order so far. */
  #areNext({ isInOrder, indices }: LeafRun): boolean {
    const { size } = this.#tree;
    const isWhole = this.#ahead.size === 0 && this.#order === null;
    return isWhole && isInOrder && indices[0] === size && size + indices.length <= this.#size;
  }

  #extend({ commitments, blocks }: LeafRun): void {
    const { size } = this.#tree;
    this.#tree.push(commitments);
    this.#next = this.#tree.size;
    const first = (size + leavesBeforeBlock(size)) / blockSize;
    for (let at = 0; at < blocks.length; at += hashLength) {
      this.#tree.pushBlock(first + at / hashLength, blocks.subarray(at, at + hashLength));
    }
  }

  #expects(index: number): boolean {
    if (index >= this.#size) this.#findings.push({ tag: 'added', index });
    else if (this.#commitmentAt(index) !== undefined) this.#findings.push({ tag: 'repeated', index });
    else return true;
    return false;
  }

  #place(index: number, commitment: Uint8Array): void {
    if (index !== this.#tree.size) this.#order ??= [];
    this.#order?.push(index);
    if (index > this.#next) this.#chains.skipMissing(index - this.#next);
    this.#next = Math.max(this.#next, index + 1);
    if (index !== this.#tree.size) {
      this.#ahead.set(index, new Uint8Array(commitment));
      return;
    }
    this.#tree.push(commitment);
    for (let at = this.#tree.size; this.#ahead.size > 0; at += 1) {
      const waiting = this.#ahead.get(at);
      if (!waiting) return;
      this.#ahead.delete(at);
      this.#tree.push(waiting);
    }
  }

  #commitmentAt(index: number): Uint8Array | undefined {
    return this.#tree.commitmentAt(index) ?? this.#ahead.get(index);
  }

  #keepOdd(index: number, odd: Exclude<OddLeaf, { readonly tag: 'erasure' }>): void {
    switch (odd.tag) {
      case 'gone':
        this.#empty.push(index);
        break;
      case 'stranger':
        this.#strangers.push({ index, commitment: odd.opens });
        break;
      case 'malformed':
        this.#findings.push({ tag: 'malformed', index });
    }
    this.#chains.skip(this.#commitmentAt(index) ?? this.#hasher.empty);
  }

  finish(): ScannedLog {
    this.#takeWaiting();
    this.#nameMissing();
    this.#nameMisplaced();
    const erased = this.#nameRemoved();
    if (this.#strangers.length > 0) this.#nameStrangers();
    return {
      size: this.#size,
      unbroken: this.#tree.size,
      erased,
      findings: this.#findings,
      rootsAt: (sizes, onSubtree) => this.#tree.rootsAt(sizes, onSubtree),
    };
  }

  /** What is gone without an erasure on record, and what is there in spite of one. @returns what was erased */
  #nameRemoved(): Map<number, Uint8Array> {
    const erased = new Map<number, Uint8Array>();
    for (const index of this.#empty) {
      const commitment = this.#commitmentIfErased(index);
      if (commitment) erased.set(index, commitment);
      else this.#findings.push({ tag: 'removed', index });
    }
    for (const index of this.#erasures.keys()) {
      if (!erased.has(index) && this.#commitmentIfErased(index)) this.#findings.push({ tag: 'unerased', index });
    }
    return erased;
  }

  #commitmentIfErased(index: number): Uint8Array | null {
    const commitment = this.#commitmentAt(index);
    return commitment && this.#erasures.get(index)?.includes(toBase64url(commitment)) ? commitment : null;
  }

  #nameMissing(): void {
    let from = this.#tree.size;
    for (const index of [...this.#ahead.keys(), this.#size].sort((a, b) => a - b)) {
      if (index > from) this.#findings.push({ tag: 'missing', index: from, last: index - 1 });
      from = index + 1;
    }
  }

  /** Leaves that aren't where they would be if those that were read were put in order. */
  #nameMisplaced(): void {
    if (!this.#order) return;
    const sorted = [...this.#order].sort((a, b) => a - b);
    for (const [i, index] of this.#order.entries()) {
      const place = sorted[i] ?? index;
      if (index !== place) this.#findings.push({ tag: 'misplaced', index, place });
    }
  }

  /** Tells entries that were moved or copied from those that were edited. */
  #nameStrangers(): void {
    const wanted = new Set(this.#strangers.map(({ commitment }) => commitment));
    const homes = new Map<string, number>();
    for (const [index, commitment] of this.#allCommitments()) {
      const text = toBase64url(commitment);
      if (wanted.has(text)) homes.set(text, index);
    }
    const strangers = new Set(this.#strangers.map(({ index }) => index));
    for (const { index, commitment } of this.#strangers) {
      const home = commitment === null ? undefined : homes.get(commitment);
      if (home === undefined) this.#findings.push({ tag: 'edited', index });
      else if (strangers.has(home)) this.#findings.push({ tag: 'reordered', index, belongsAt: home });
      else this.#findings.push({ tag: 'duplicated', index, firstAt: home });
    }
  }

  *#allCommitments(): Generator<readonly [number, Uint8Array]> {
    for (let index = 0; index < this.#tree.size; index += 1) {
      yield [index, this.#tree.commitmentAt(index) ?? this.#hasher.empty];
    }
    yield* this.#ahead;
  }
}

/** @param column of a run, which begins where its memory does */
const wordsOf = (column: Uint8Array): Uint32Array =>
  new Uint32Array(column.buffer, column.byteOffset, column.length / Uint32Array.BYTES_PER_ELEMENT);
