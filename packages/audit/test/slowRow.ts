import {
  commit,
  decodeEntry,
  type Entry,
  portableTreeHasher as hasher,
  type LoggedLeaf,
  toBase64url,
} from '../src/index.ts';
import type { LeafRun, OddLeaf } from '../src/leafRun.ts';

/** What one leaf tells by itself, found by taking it apart: slow, and to be read. */
export interface SlowRow {
  readonly index: number;
  readonly commitment: string;
  readonly id: string | null;
  /** Empty if it is about none. */
  readonly patient: string;
  readonly sequence: number;
  readonly previous: string | null;
  readonly odd: OddLeaf | null;
}

export function slowRow({ index, commitment, content }: LoggedLeaf): SlowRow {
  const place = { index, commitment: toBase64url(commitment) };
  const nothing = { id: null, patient: '', sequence: 0, previous: null };
  if (!content) return { ...place, ...nothing, odd: { tag: 'gone' } };
  const opens = content.salt.length === 32 ? toBase64url(commit(content.salt, content.encoded, hasher)) : null;
  if (opens !== place.commitment) return { ...place, ...nothing, odd: { tag: 'stranger', opens } };
  let entry: Entry;
  try {
    entry = decodeEntry(content.encoded);
  } catch {
    return { ...place, ...nothing, odd: { tag: 'malformed' } };
  }
  const { id, patient, patientSequence, patientPrevious } = entry;
  return {
    ...place,
    id,
    patient: patient ?? '',
    sequence: patientSequence ?? 0,
    previous: patientPrevious,
    odd: erasureBy(entry, index),
  };
}

function erasureBy({ action, outcome, patient, resource, before }: Entry, index: number): OddLeaf | null {
  const [, digits] = /^entry:(0|[1-9]\d{0,15})$/.exec(resource) ?? [];
  if (action !== 'audit.erase' || outcome !== 'allowed' || patient !== null) return null;
  if (before === null || digits === undefined) return null;
  return Number(digits) < index ? { tag: 'erasure', index: Number(digits), commitment: before } : null;
}

/** The rows of a run, said in the same way. */
export function rowsOf({ indices, commitments, ids, sequences, previous, patients, odd }: LeafRun): SlowRow[] {
  const names = new TextDecoder().decode(patients).split('\n');
  return Array.from(indices, (index, row) => {
    const said = odd.get(row) ?? null;
    const isEntry = said === null || said.tag === 'erasure';
    const hashIn = (column: Uint8Array) => toBase64url(column.subarray(row * 32, row * 32 + 32));
    const sequence = sequences[row] ?? 0;
    return {
      index,
      commitment: hashIn(commitments),
      id: isEntry ? toBase64url(ids.subarray(row * 16, row * 16 + 16)) : null,
      patient: names[row] ?? '',
      sequence,
      previous: sequence > 1 ? hashIn(previous) : null,
      odd: said,
    };
  });
}
