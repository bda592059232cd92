import { toBase64url } from './bytes.ts';
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

/**
 * Follows every patient's sequence through a log that is read in order. An erased, edited or missing entry says
 * nothing of its patient, so a jump is taken as explained only by as many unreadable leaves as it is wide.
 */
export class PatientChains {
  readonly #heads = new Map<string, PatientHead & { unreadableBefore: number; missingBefore: number }>();
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

  /** Whether the entry follows its patient's one before. `commitment` is the entry's own. */
  follows(entry: Pick<Entry, 'patient' | 'patientSequence' | 'patientPrevious'>, commitment: Uint8Array): boolean {
    if (entry.patient === null || entry.patientSequence === null) return true;
    const head = this.#heads.get(entry.patient);
    const jump = entry.patientSequence - (head?.sequence ?? 0) - 1;
    const unreadableSince = this.#unreadable - (head?.unreadableBefore ?? 0);
    const missingSince = this.#missing - (head?.missingBefore ?? 0);
    const linked =
      jump === 0
        ? entry.patientPrevious === (head?.commitment ?? null)
        : missingSince > 0 || this.#unreadableCommitments.has(entry.patientPrevious ?? '');
    this.#heads.set(entry.patient, {
      sequence: entry.patientSequence,
      commitment: toBase64url(commitment),
      unreadableBefore: this.#unreadable,
      missingBefore: this.#missing,
    });
    return linked && jump >= 0 && jump <= unreadableSince;
  }
}
