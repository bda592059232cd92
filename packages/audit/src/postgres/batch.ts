import { toBase64url } from '../bytes.ts';
import { appendLeaves, type CompactRange, rootOf } from '../compactRange.ts';
import { completeSpelling, type DraftSpelling, type EntryDraft, saltLength } from '../entry.ts';
import { nextInChain, type PatientHead } from '../patientChain.ts';
import { hashLength, type TreeHasher } from '../treeHasher.ts';
import { AuditStoreError } from './errors.ts';

/** Where an entry now stands. */
export interface AppendedEntry {
  readonly index: number;
  readonly commitment: Uint8Array;
}

/** A draft that the log takes, with its spelling: checked once. */
export interface CheckedDraft {
  readonly draft: EntryDraft;
  readonly spelling: DraftSpelling;
}

export interface AppendPorts {
  readonly hasher: TreeHasher;
  /** Cryptographically random bytes. */
  readonly random: (length: number) => Uint8Array;
}

/** The sequencer's row. */
export interface LogState {
  readonly range: CompactRange;
  readonly root: Uint8Array;
}

/** A root of a perfect subtree that is stored. */
export interface StoredSubtree {
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
}

/** What is written at once. */
export interface Batch {
  readonly from: LogState;
  readonly to: LogState;
  readonly drafts: readonly EntryDraft[];
  readonly entries: readonly AppendedEntry[];
  /** Salt and canonical entry, one after the other, of each entry: what was hashed. */
  readonly contents: Uint8Array;
  /** Where each content ends. */
  readonly ends: readonly number[];
  readonly subtrees: readonly StoredSubtree[];
}

/** Most entries of one batch: what one row of commitments may hold. */
export const maxBatch = 1024;
/** Every 8th level of subtrees is stored: a proof computes at most 8 levels from 256 hashes. */
export const storedLevelStep = 8;

const idLength = 16;
const randomLength = idLength + saltLength;
/** An id, a commitment, a count and the name of a field are shorter. */
const mostAdded = 128;

const mostBytes = ({ beforeId, beforeLinks, afterLinks }: DraftSpelling): number =>
  saltLength + beforeId.length + beforeLinks.length + afterLinks.length + mostAdded;

/**
 * Makes the entries, and what follows from them. Pure but for `heads`.
 *
 * @param heads of every patient that the drafts are about and who has entries; moved on to the new ones
 * @throws AuditStoreError `countTooLarge`
 */
export function prepareBatch(
  from: LogState,
  heads: Map<string, PatientHead>,
  checked: readonly CheckedDraft[],
  { hasher, random }: AppendPorts,
): Batch {
  const randomness = random(checked.length * randomLength);
  const room = Buffer.allocUnsafe(checked.reduce((sum, { spelling }) => sum + mostBytes(spelling), 0));
  const entries: AppendedEntry[] = [];
  const ends: number[] = [];
  let end = 0;
  for (const [i, { draft, spelling }] of checked.entries()) {
    const drawn = randomness.subarray(i * randomLength, (i + 1) * randomLength);
    const { patient } = draft;
    const chain = patient === null ? { patientSequence: null, patientPrevious: null } : nextInChain(heads.get(patient));
    // What stands in a table isn't believed: an entry with such a count would be none, for ever.
    if (!(chain.patientSequence === null || Number.isSafeInteger(chain.patientSequence))) {
      throw new AuditStoreError('countTooLarge');
    }
    const text = completeSpelling(spelling, { id: toBase64url(drawn.subarray(0, idLength)), ...chain });
    const start = end;
    room.set(drawn.subarray(idLength), start);
    // All of it is ASCII: the pattern of a draft has seen to that.
    end = start + saltLength + room.write(text, start + saltLength, 'latin1');
    ends.push(end);
    const commitment = hasher.sha256(room.subarray(start, end));
    entries.push({ index: from.range.size + i, commitment });
    if (patient !== null) {
      heads.set(patient, { sequence: chain.patientSequence ?? 1, commitment: toBase64url(commitment) });
    }
  }
  const subtrees: StoredSubtree[] = [];
  const leaves = entries.map(({ commitment }) => hasher.leaf(commitment));
  const range = appendLeaves(from.range, leaves, hasher, (level, index, hash) => {
    if (level > 0 && level % storedLevelStep === 0) subtrees.push({ level, index, hash });
  });
  const to = { range, root: rootOf(range, hasher) };
  const drafts = checked.map(({ draft }) => draft);
  return { from, to, drafts, entries, contents: room.subarray(0, end), ends, subtrees };
}

/** Cuts hashes that are stored one after the other. */
export function splitHashes(joined: Uint8Array): Uint8Array[] {
  return Array.from({ length: joined.length / hashLength }, (_, i) =>
    joined.subarray(i * hashLength, (i + 1) * hashLength),
  );
}
