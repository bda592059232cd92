import { equal, fromBase64url, toBase64url } from './bytes.ts';
import { opened } from './commitment.ts';
import { appendLeaves, emptyRange, type OnSubtree, rootOf } from './compactRange.ts';
import { decodeEntry, type Entry } from './entry.ts';
import { AuditFormatError } from './errors.ts';
import type { LoggedContent, LoggedLeaf } from './exportLine.ts';
import type { Finding } from './finding.ts';
import { HashList } from './hashList.ts';
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

/** One pass over a log's leaves. Keeps 32 bytes and an id of each. */
export class LogScan {
  readonly #hasher: TreeHasher;
  readonly #findings: Finding[] = [];
  /** From leaf 0 without a gap. */
  readonly #commitments = new HashList();
  /** Those behind a gap, by index. */
  readonly #ahead = new Map<number, Uint8Array>();
  /** The indices in the order in which they were read, from the first that isn't its place. */
  #order: { readonly start: number; readonly indices: number[] } | null = null;
  readonly #placeOfId = new Map<string, number>();
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
    const { index, commitment, content } = leaf;
    if (index >= this.#size) {
      this.#findings.push({ tag: 'added', index });
      return;
    }
    if (index !== this.#commitments.length) this.#order ??= { start: this.#commitments.length, indices: [] };
    if (this.#commitmentAt(index) !== undefined) {
      this.#findings.push({ tag: 'repeated', index });
      return;
    }
    this.#order?.indices.push(index);
    if (index > this.#next) this.#chains.skipMissing(index - this.#next);
    this.#next = Math.max(this.#next, index + 1);
    if (index === this.#commitments.length) this.#extend(commitment);
    else this.#ahead.set(index, new Uint8Array(commitment));
    if (content) this.#takeContent(index, commitment, content);
    else {
      this.#empty.push(index);
      this.#chains.skip(commitment);
    }
  }

  #commitmentAt(index: number): Uint8Array | undefined {
    return this.#commitments.at(index) ?? this.#ahead.get(index);
  }

  #extend(commitment: Uint8Array): void {
    this.#commitments.push(commitment);
    if (this.#ahead.size === 0) return;
    for (let at = this.#commitments.length; ; at += 1) {
      const waiting = this.#ahead.get(at);
      if (!waiting) return;
      this.#ahead.delete(at);
      this.#commitments.push(waiting);
    }
  }

  #takeContent(index: number, commitment: Uint8Array, content: LoggedContent): void {
    const own = opened(content, this.#hasher);
    if (!own || !equal(own, commitment)) {
      this.#strangers.push({ index, commitment: own && toBase64url(own) });
      this.#chains.skip(commitment);
      return;
    }
    const entry = decodeOrNull(content.encoded);
    if (!entry) {
      this.#findings.push({ tag: 'malformed', index });
      this.#chains.skip(commitment);
      return;
    }
    // As a text of its own: a piece of the entry's would hold on to the whole.
    const id = String.fromCharCode(...fromBase64url(entry.id, 'entry'));
    const first = this.#placeOfId.get(id);
    if (first === undefined) this.#placeOfId.set(id, index);
    else this.#findings.push({ tag: 'duplicated', index, firstAt: first });
    if (!this.#chains.follows(entry, commitment)) this.#findings.push({ tag: 'patientGap', index });
    this.#noteErasure(entry, index);
  }

  #noteErasure({ action, resource, before, outcome }: Entry, index: number): void {
    if (action !== 'audit.erase' || outcome !== 'allowed' || before === null) return;
    const erased = Number(/^entry:(0|[1-9]\d{0,15})$/.exec(resource)?.[1] ?? Number.NaN);
    // Only what lies before can be erased: an entry can't announce that one of the future may vanish.
    if (erased < index) this.#erasures.set(erased, before);
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
    const { start, indices } = this.#order;
    const sorted = [...indices].sort((a, b) => a - b);
    for (const [i, index] of indices.entries()) {
      if (index !== sorted[i]) this.#findings.push({ tag: 'misplaced', index, place: start + i });
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
    yield* this.#ahead;
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
          leaves.push(this.#hasher.leaf(this.#commitments.at(at) ?? this.#hasher.empty));
        }
        range = appendLeaves(range, leaves, this.#hasher, onSubtree);
      }
      roots.set(stop, rootOf(range, this.#hasher));
    }
    return roots;
  }
}

function decodeOrNull(encoded: Uint8Array): Entry | null {
  try {
    return decodeEntry(encoded);
  } catch (error) {
    if (error instanceof AuditFormatError) return null;
    throw error;
  }
}
