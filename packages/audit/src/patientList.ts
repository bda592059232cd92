import { toBase64url } from './bytes.ts';
import type { LogTrust } from './checkpointTrust.ts';
import type { Entry } from './entry.ts';
import type { ProvenEntry } from './exportLine.ts';
import type { TreeHasher } from './treeHasher.ts';
import { type EntryRefusal, verifyErasedEntry, verifyProvenEntry } from './verifyEntry.ts';

/** A place of the log, as it is shown to the patient whose it is. */
export type ShownPlace =
  | { readonly tag: 'entry'; readonly proven: ProvenEntry }
  /** Its entry was erased: the place, and the entry that says so. */
  | { readonly tag: 'erased'; readonly gone: ProvenEntry; readonly record: ProvenEntry };

/** One of the patient's entries that was checked; null where it was erased. */
export interface ListedPlace {
  readonly index: number;
  readonly entry: Entry | null;
  /** Unix seconds; null where no known witness cosigned. */
  readonly witnessedAt: number | null;
}

/** What a patient's list shows. */
export type PatientListVerdict =
  /** From the patient's first entry to the last that is shown nothing is left out. */
  | { readonly tag: 'unbroken'; readonly places: readonly ListedPlace[] }
  /** @property at which of the shown places, from 0 */
  | {
      readonly tag: 'refused';
      readonly at: number;
      readonly reason: EntryRefusal | 'notErased' | 'otherPatient' | 'notInOrder' | 'gap';
    };

/**
 * Checks a list of all of a patient's entries (SPEC.md section 8.1), as a person's browser does: each is proven, the
 * first has count 1, each has the next count and links to the one before, and what was erased is shown as erased.
 *
 * That the last ones aren't left out, the list can't tell: whoever reads compares its end with an entry that must be
 * there, such as the one about this very reading. Nor whose an erased place was, but for the last before an entry.
 *
 * @param patient the pseudonym whose list it is
 * @param places by their index
 */
export async function verifyPatientList(
  patient: string,
  places: readonly ShownPlace[],
  trust: LogTrust,
  hasher: TreeHasher,
): Promise<PatientListVerdict> {
  const listed: ListedPlace[] = [];
  let count = 0;
  let before: { readonly index: number; readonly commitment: string } | null = null;
  for (const [at, place] of places.entries()) {
    const { leaf } = place.tag === 'entry' ? place.proven : place.gone;
    const verdict = await check(place, trust, hasher);
    if (verdict.tag === 'refused') return { tag: 'refused', at, reason: verdict.reason };
    const { entry, witnessedAt } = verdict;
    if (before && leaf.index <= before.index) return { tag: 'refused', at, reason: 'notInOrder' };
    count += 1;
    if (entry) {
      if (entry.patient !== patient) return { tag: 'refused', at, reason: 'otherPatient' };
      const isNext = entry.patientSequence === count && entry.patientPrevious === (before?.commitment ?? null);
      if (!isNext) return { tag: 'refused', at, reason: 'gap' };
    }
    before = { index: leaf.index, commitment: toBase64url(leaf.commitment) };
    listed.push({ index: leaf.index, entry, witnessedAt });
  }
  return { tag: 'unbroken', places: listed };
}

type Checked =
  | { readonly tag: 'checked'; readonly entry: Entry | null; readonly witnessedAt: number | null }
  | { readonly tag: 'refused'; readonly reason: EntryRefusal | 'notErased' };

async function check(place: ShownPlace, trust: LogTrust, hasher: TreeHasher): Promise<Checked> {
  if (place.tag === 'erased') {
    const erased = await verifyErasedEntry(place.gone, place.record, trust, hasher);
    return erased.tag === 'refused' ? erased : { tag: 'checked', entry: null, witnessedAt: erased.witnessedAt };
  }
  const proven = await verifyProvenEntry(place.proven, trust, hasher);
  if (proven.tag === 'gone') return { tag: 'refused', reason: 'notErased' };
  return proven.tag === 'refused' ? proven : { tag: 'checked', entry: proven.entry, witnessedAt: proven.witnessedAt };
}
