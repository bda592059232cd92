import { toBase64url } from './bytes.ts';
import { appendLeaves, emptyRange, type OnSubtree, rootOf } from './compactRange.ts';
import type { LoggedLeaf } from './exportLine.ts';
import type { Finding } from './finding.ts';
import { HashList } from './hashList.ts';
import { IdIndex } from './idIndex.ts';
import { type LeafContent, type LeafSummary, summarize } from './leafSummary.ts';
import { PatientChains } from './patientChain.ts';
import type { TreeHasher } from './treeHasher.ts';

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
  readonly erased: number;
  readonly findings: readonly Finding[];
  /** Roots of the tree at these sizes, none above `unbroken`. */
  rootsAt(sizes: readonly number[], onSubtree?: OnSubtree): ReadonlyMap<number, Uint8Array>;
}

/** How many leaves are hashed into the tree at a time. */
const batchSize = 1024;

/** One pass over a log's leaves. Keeps two hashes and an id of each. */
export class LogScan {
  readonly #hasher: TreeHasher;
  readonly #findings: Finding[] = [];
  /** From leaf 0 without a gap. */
  readonly #commitments = new HashList();
  readonly #leafHashes = new HashList();
  /** Those behind a gap, by index. */
  readonly #ahead = new Map<number, Pick<LeafSummary, 'commitment' | 'leafHash'>>();
  /** The indices in the order in which they were read, from the first that isn't its place. */
  #order: number[] | null = null;
  readonly #ids = new IdIndex();
  readonly #strangers: Stranger[] = [];
  readonly #empty: number[] = [];
  readonly #erasures = new Map<number, string>();
  readonly #chains = new PatientChains();
  readonly #size: number;
  /** Behind the last index that was read. */
  #next = 0;

  /** @param size number of leaves that the log says it has */
  constructor(size: number, hasher: TreeHasher) {
    this.#size = size;
    this.#hasher = hasher;
  }

  take(leaf: LoggedLeaf): void {
    if (this.#expects(leaf.index)) this.#keep(summarize(leaf, this.#hasher));
  }

  /** As `take`, of a leaf that was summarised elsewhere, by this very package. */
  takeSummary(summary: LeafSummary): void {
    if (this.#expects(summary.index)) this.#keep(summary);
  }

  #expects(index: number): boolean {
    if (index >= this.#size) this.#findings.push({ tag: 'added', index });
    else if (this.#commitmentAt(index) !== undefined) this.#findings.push({ tag: 'repeated', index });
    else return true;
    return false;
  }

  #keep({ index, commitment, leafHash, content }: LeafSummary): void {
    if (index !== this.#commitments.length) this.#order ??= [];
    this.#order?.push(index);
    if (index > this.#next) this.#chains.skipMissing(index - this.#next);
    this.#next = Math.max(this.#next, index + 1);
    if (index === this.#commitments.length) this.#extend(commitment, leafHash);
    else this.#ahead.set(index, { commitment: new Uint8Array(commitment), leafHash: new Uint8Array(leafHash) });
    switch (content.tag) {
      case 'entry':
        this.#keepEntry(index, content);
        return;
      case 'gone':
        this.#empty.push(index);
        break;
      case 'stranger':
        this.#strangers.push({ index, commitment: content.opens });
        break;
      case 'malformed':
        this.#findings.push({ tag: 'malformed', index });
    }
    this.#chains.skip(commitment);
  }

  #commitmentAt(index: number): Uint8Array | undefined {
    return this.#commitments.at(index) ?? this.#ahead.get(index)?.commitment;
  }

  #extend(commitment: Uint8Array, leafHash: Uint8Array): void {
    this.#commitments.push(commitment);
    this.#leafHashes.push(leafHash);
    if (this.#ahead.size === 0) return;
    for (let at = this.#commitments.length; ; at += 1) {
      const waiting = this.#ahead.get(at);
      if (!waiting) return;
      this.#ahead.delete(at);
      this.#commitments.push(waiting.commitment);
      this.#leafHashes.push(waiting.leafHash);
    }
  }

  #keepEntry(index: number, { id, link, erasure }: LeafContent & { readonly tag: 'entry' }): void {
    const first = this.#ids.add(id, index);
    if (first !== undefined) this.#findings.push({ tag: 'duplicated', index, firstAt: first });
    // The list's own copy: what was handed in needn't stay.
    const commitment = this.#commitmentAt(index);
    if (link && commitment && !this.#chains.follows(link, commitment))
      this.#findings.push({ tag: 'patientGap', index });
    if (erasure) this.#erasures.set(erasure.index, erasure.commitment);
  }

  finish(): ScannedLog {
    this.#nameMissing();
    this.#nameMisplaced();
    const gone = this.#empty.filter((index) => !this.#isErased(index));
    for (const index of gone) this.#findings.push({ tag: 'removed', index });
    if (this.#strangers.length > 0) this.#nameStrangers();
    return {
      size: this.#size,
      unbroken: this.#commitments.length,
      erased: this.#empty.length - gone.length,
      findings: this.#findings,
      rootsAt: (sizes, onSubtree) => this.#rootsAt(sizes, onSubtree),
    };
  }

  #isErased(index: number): boolean {
    const commitment = this.#commitmentAt(index);
    return commitment !== undefined && this.#erasures.get(index) === toBase64url(commitment);
  }

  #nameMissing(): void {
    let from = this.#commitments.length;
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
    for (let index = 0; index < this.#commitments.length; index += 1) {
      yield [index, this.#commitments.at(index) ?? this.#hasher.empty];
    }
    for (const [index, { commitment }] of this.#ahead) yield [index, commitment];
  }

  #rootsAt(sizes: readonly number[], onSubtree?: OnSubtree): Map<number, Uint8Array> {
    const unbroken = this.#commitments.length;
    const stops = [...new Set(sizes)].filter((size) => size <= unbroken).sort((a, b) => a - b);
    const roots = new Map<number, Uint8Array>();
    let range = emptyRange;
    for (const stop of stops) {
      while (range.size < stop) {
        const leaves: Uint8Array[] = [];
        for (let at = range.size; at < Math.min(stop, range.size + batchSize); at += 1) {
          leaves.push(this.#leafHashes.at(at) ?? this.#hasher.empty);
        }
        range = appendLeaves(range, leaves, this.#hasher, onSubtree);
      }
      roots.set(stop, rootOf(range, this.#hasher));
    }
    return roots;
  }
}
