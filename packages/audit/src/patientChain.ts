import { toBase64url } from './bytes.ts';
import type { Entry } from './entry.ts';
import { hashLength } from './treeHasher.ts';

/** Where a patient's own sequence stands: the last number and the commitment that the next entry links to. */
export interface PatientHead {
  readonly sequence: number;
  /** Commitment of the patient's last entry, base64url. */
  readonly commitment: string;
}

/** The two fields that the log adds to an entry about this patient. */
export const nextInChain = (head: PatientHead | undefined): Pick<Entry, 'patientSequence' | 'patientPrevious'> => ({
  patientSequence: (head?.sequence ?? 0) + 1,
  patientPrevious: head?.commitment ?? null,
});

/** Of entries, a row each: their places in their patients' own sequences. Hashes are eight words. */
export interface LinkColumns {
  readonly sequences: Float64Array;
  /** The commitment of the patient's entry before; where the sequence is above 1. */
  readonly previous: Uint32Array;
  /** The entry's own. */
  readonly commitments: Uint32Array;
}

const hashWords = hashLength / Uint32Array.BYTES_PER_ELEMENT;

/** What was seen last of a patient. */
interface SeenHead {
  sequence: number;
  readonly commitment: Uint32Array;
  unreadableBefore: number;
  missingBefore: number;
}

/**
 * Follows every patient's sequence through a log that is read in order. An erased, edited or missing entry says
 * nothing of its patient, so a jump is taken as explained only by as many unreadable leaves as it is wide.
 */
export class PatientChains {
  readonly #heads = new Map<string, SeenHead>();
  readonly #unreadableCommitments = new Set<string>();
  #unreadable = 0;
  #missing = 0;

  /** A leaf went by whose entry is gone or isn't what was logged; that is reported as such, not a second time. */
  skip(commitment: Uint8Array): void {
    this.#unreadable += 1;
    this.#unreadableCommitments.add(toBase64url(commitment));
  }

  /** So many leaves aren't there at all. */
  skipMissing(count: number): void {
    this.#unreadable += count;
    this.#missing += count;
  }

  /**
   * Whether the entry in a row follows its patient's one before.
   *
   * @param patient whom it is about
   */
  follows(patient: string, { sequences, previous, commitments }: LinkColumns, row: number): boolean {
    const known = this.#heads.get(patient);
    const head = known ?? {
      sequence: 0,
      commitment: new Uint32Array(hashWords),
      unreadableBefore: 0,
      missingBefore: 0,
    };
    if (!known) this.#heads.set(patient, head);
    const sequence = sequences[row] ?? 0;
    const jump = sequence - head.sequence - 1;
    const isExplained = jump >= 0 && jump <= this.#unreadable - head.unreadableBefore;
    const follows =
      isExplained &&
      (jump === 0 ? sequence === 1 || isIn(previous, row, head.commitment) : this.#mayLink(previous, row, head));
    head.sequence = sequence;
    for (let i = 0; i < hashWords; i += 1) head.commitment[i] = commitments[row * hashWords + i] ?? 0;
    head.unreadableBefore = this.#unreadable;
    head.missingBefore = this.#missing;
    return follows;
  }

  /** Whether the entry that is linked to may be among those that couldn't be read. */
  #mayLink(previous: Uint32Array, row: number, { missingBefore }: SeenHead): boolean {
    if (this.#missing > missingBefore) return true;
    const hash = new Uint8Array(previous.slice(row * hashWords, (row + 1) * hashWords).buffer);
    return this.#unreadableCommitments.has(toBase64url(hash));
  }
}

function isIn(hashes: Uint32Array, row: number, hash: Uint32Array): boolean {
  for (let i = 0; i < hashWords; i += 1) if (hashes[row * hashWords + i] !== hash[i]) return false;
  return true;
}
