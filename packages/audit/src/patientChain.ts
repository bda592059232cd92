import { equal, toBase64url } from './bytes.ts';
import type { Entry } from './entry.ts';

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

/** An entry's place in its patient's own sequence. */
export interface PatientLink {
  readonly patient: string;
  readonly sequence: number;
  /** Commitment of the patient's entry before, 32 bytes; null for the first. */
  readonly previous: Uint8Array | null;
}

/** What was seen last of a patient. */
interface SeenHead {
  sequence: number;
  commitment: Uint8Array | null;
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
   * Whether the entry follows its patient's one before.
   *
   * @param commitment the entry's own; kept
   */
  follows({ patient, sequence, previous }: PatientLink, commitment: Uint8Array): boolean {
    const known = this.#heads.get(patient);
    const head = known ?? { sequence: 0, commitment: null, unreadableBefore: 0, missingBefore: 0 };
    if (!known) this.#heads.set(patient, head);
    const jump = sequence - head.sequence - 1;
    const isExplained = jump >= 0 && jump <= this.#unreadable - head.unreadableBefore;
    const follows = isExplained && (jump === 0 ? isSame(previous, head.commitment) : this.#mayLink(previous, head));
    head.sequence = sequence;
    head.commitment = commitment;
    head.unreadableBefore = this.#unreadable;
    head.missingBefore = this.#missing;
    return follows;
  }

  /** Whether the entry that is linked to may be among those that couldn't be read. */
  #mayLink(previous: Uint8Array | null, { missingBefore }: SeenHead): boolean {
    if (this.#missing > missingBefore) return true;
    return previous !== null && this.#unreadableCommitments.has(toBase64url(previous));
  }
}

const isSame = (a: Uint8Array | null, b: Uint8Array | null): boolean =>
  a === b || (a !== null && b !== null && equal(a, b));
