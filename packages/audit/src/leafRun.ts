import { decodeBase64url, equal, toBase64url } from './bytes.ts';
import { opened } from './commitment.ts';
import { decodeEntry } from './entry.ts';
import { EntryScan } from './entryScan.ts';
import { erasureBy } from './erasure.ts';
import { AuditUsageError } from './errors.ts';
import type { LoggedContent, LoggedLeaf } from './exportLine.ts';
import { blockSize, leavesBeforeBlock, rootOfBlock } from './leafTree.ts';
import { hashLength, type TreeHasher } from './treeHasher.ts';

const idLength = 16;
const idCharacters = 22;
const hashCharacters = 43;

/**
 * What leaves tell each by itself, of some that were read one after the other: most of the work, and none of it needs
 * the leaves around them. In columns, with a row a leaf: a thousand small objects would take longer to hand from one
 * thread to another than to make.
 */
export interface LeafRun {
  readonly indices: Float64Array<ArrayBuffer>;
  /** 32 bytes each. */
  readonly commitments: Uint8Array<ArrayBuffer>;
  /** The entry's, 16 bytes each; nothing where `odd` says that there is no entry. */
  readonly ids: Uint8Array<ArrayBuffer>;
  /** The entry's place in its patient's own sequence; 0 if it is about none. */
  readonly sequences: Float64Array<ArrayBuffer>;
  /** 32 bytes each: the commitment that it links to, where the sequence is above 1. */
  readonly previous: Uint8Array<ArrayBuffer>;
  /** Patients, in UTF-8, each on a line; an empty one where there is none. */
  readonly patients: Uint8Array<ArrayBuffer>;
  /** By row, the leaves that aren't an entry, or say more. */
  readonly odd: ReadonlyMap<number, OddLeaf>;
  /** Whether the indices go up one by one; then `blocks` has the roots, 32 bytes each, of whole blocks in order. */
  readonly isInOrder: boolean;
  readonly blocks: Uint8Array<ArrayBuffer>;
}

export type OddLeaf =
  /** An entry that says that an earlier one, by its place and its commitment, was erased. */
  | { readonly tag: 'erasure'; readonly index: number; readonly commitment: string }
  /** Entry and salt are gone. */
  | { readonly tag: 'gone' }
  /** It doesn't open the commitment. What it does open, base64url; null if nothing could be. */
  | { readonly tag: 'stranger'; readonly opens: string | null }
  /** It opens the commitment, and is no entry. */
  | { readonly tag: 'malformed' };

const newline = 10;
const nobody = new Uint8Array();
/** Of a patient and the end of its line. */
const firstPatientRoom = 32;

/** Makes a run of leaves. */
export class LeafRunBuilder {
  readonly #hasher: TreeHasher;
  readonly #capacity: number;
  readonly #indices: Float64Array<ArrayBuffer>;
  readonly #commitments: Uint8Array<ArrayBuffer>;
  readonly #ids: Uint8Array<ArrayBuffer>;
  readonly #sequences: Float64Array<ArrayBuffer>;
  readonly #previous: Uint8Array<ArrayBuffer>;
  #patients: Uint8Array<ArrayBuffer>;
  #patientsLength = 0;
  readonly #odd = new Map<number, OddLeaf>();
  readonly #scan = new EntryScan();
  #length = 0;

  /** @param capacity most leaves */
  constructor(capacity: number, hasher: TreeHasher) {
    this.#capacity = capacity;
    this.#hasher = hasher;
    this.#indices = new Float64Array(capacity);
    this.#commitments = new Uint8Array(capacity * hashLength);
    this.#ids = new Uint8Array(capacity * idLength);
    this.#sequences = new Float64Array(capacity);
    this.#previous = new Uint8Array(capacity * hashLength);
    this.#patients = new Uint8Array(capacity * firstPatientRoom);
  }

  get isFull(): boolean {
    return this.#length === this.#capacity;
  }

  /** Adds a leaf, whatever it holds. */
  add(leaf: LoggedLeaf): void {
    if (this.addEntry(leaf)) return;
    const { index, commitment, content } = leaf;
    if (commitment.length !== hashLength) throw new AuditUsageError('commitment of another length');
    this.#odd.set(this.#length, oddLeaf(commitment, content, this.#hasher));
    this.#addPatient(nobody, 0, 0);
    this.#addRow(index, commitment);
  }

  /** Adds a leaf, if it is as nearly all are: an entry that opens its commitment. @returns whether it was added */
  addEntry({ index, commitment, content }: LoggedLeaf): boolean {
    if (!content || !this.#scan.take(content.encoded, 0) || this.#scan.end !== content.encoded.length) return false;
    const own = opened(content, this.#hasher);
    if (!own || !equal(own, commitment)) return false;
    this.#keepScanned(content.encoded, index);
    this.#addRow(index, commitment);
    return true;
  }

  #keepScanned(encoded: Uint8Array, index: number): void {
    const { idAt, sequence, previousAt, patientAt, patientEnd } = this.#scan;
    const row = this.#length;
    decodeBase64url(encoded, idAt, idCharacters, this.#ids, row * idLength);
    this.#sequences[row] = sequence;
    if (sequence > 1) decodeBase64url(encoded, previousAt, hashCharacters, this.#previous, row * hashLength);
    this.#addPatient(encoded, patientAt, patientEnd);
    const erasure = this.#scan.isAboutErasure ? erasureBy(decodeEntry(encoded), index) : null;
    if (erasure) this.#odd.set(row, { tag: 'erasure', ...erasure });
  }

  #addRow(index: number, commitment: Uint8Array): void {
    this.#indices[this.#length] = index;
    this.#commitments.set(commitment, this.#length * hashLength);
    this.#length += 1;
  }

  #addPatient(bytes: Uint8Array, start: number, end: number): void {
    const at = this.#patientsLength;
    const next = at + end - start + 1;
    if (next > this.#patients.length) {
      const wider = new Uint8Array(2 * next);
      wider.set(this.#patients);
      this.#patients = wider;
    }
    for (let i = start; i < end; i += 1) this.#patients[at + i - start] = bytes[i] ?? 0;
    this.#patients[next - 1] = newline;
    this.#patientsLength = next;
  }

  /** The run. Nothing may be added any more: its columns are the builder's own. */
  finish(): LeafRun {
    const indices = this.#indices.subarray(0, this.#length);
    const commitments = this.#commitments.subarray(0, this.#length * hashLength);
    const isInOrder = indices.every((index, row) => row === 0 || index === (indices[row - 1] ?? 0) + 1);
    return {
      indices,
      commitments,
      ids: this.#ids.subarray(0, this.#length * idLength),
      sequences: this.#sequences.subarray(0, this.#length),
      previous: this.#previous.subarray(0, this.#length * hashLength),
      patients: this.#patients.subarray(0, this.#patientsLength),
      odd: this.#odd,
      isInOrder,
      blocks: isInOrder ? this.#blocksFrom(indices[0] ?? 0, commitments) : new Uint8Array(),
    };
  }

  /** Of leaves in order, of which the first has this index. */
  #blocksFrom(index: number, commitments: Uint8Array): Uint8Array<ArrayBuffer> {
    const before = leavesBeforeBlock(index);
    const count = Math.max(Math.floor((this.#length - before) / blockSize), 0);
    const blocks = new Uint8Array(count * hashLength);
    for (let block = 0; block < count; block += 1) {
      const at = (before + block * blockSize) * hashLength;
      const leaves = commitments.subarray(at, at + blockSize * hashLength);
      blocks.set(rootOfBlock(leaves, this.#hasher), block * hashLength);
    }
    return blocks;
  }
}

/** Of a leaf that isn't an entry which opens its commitment. */
function oddLeaf(commitment: Uint8Array, content: LoggedContent | null, hasher: TreeHasher): OddLeaf {
  if (!content) return { tag: 'gone' };
  const own = opened(content, hasher);
  return own && equal(own, commitment) ? { tag: 'malformed' } : { tag: 'stranger', opens: own && toBase64url(own) };
}
