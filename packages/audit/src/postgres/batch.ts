import { toBase64url } from '../bytes.ts';
import { commit } from '../commitment.ts';
import { appendLeaves, type CompactRange, rootOf } from '../compactRange.ts';
import { type Entry, type EntryDraft, encodeEntry, saltLength } from '../entry.ts';
import { nextInChain, type PatientHead } from '../patientChain.ts';
import { hashLength, type TreeHasher } from '../treeHasher.ts';

/** Where an entry now stands. */
export interface AppendedEntry {
  readonly index: number;
  readonly entry: Entry;
  readonly commitment: Uint8Array;
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
  readonly entries: readonly AppendedEntry[];
  /** Of each entry. */
  readonly salts: readonly Uint8Array[];
  readonly canonicals: readonly Uint8Array[];
  readonly subtrees: readonly StoredSubtree[];
}

/** Most entries of one batch: what one row of commitments may hold. */
export const maxBatch = 1024;
/** Every 8th level of subtrees is stored: a proof computes at most 8 levels from 256 hashes. */
export const storedLevelStep = 8;

const idLength = 16;

/**
 * Makes the entries, and what follows from them. Pure but for `heads`.
 *
 * @param drafts each of which was checked
 * @param heads of every patient that the drafts are about and who has entries; moved on to the new ones
 */
export function prepareBatch(
  from: LogState,
  heads: Map<string, PatientHead>,
  drafts: readonly EntryDraft[],
  { hasher, random }: AppendPorts,
): Batch {
  const randomness = random(drafts.length * (idLength + saltLength));
  const entries: AppendedEntry[] = [];
  const salts: Uint8Array[] = [];
  const canonicals: Uint8Array[] = [];
  for (const [i, draft] of drafts.entries()) {
    const offset = i * (idLength + saltLength);
    const id = toBase64url(randomness.subarray(offset, offset + idLength));
    const salt = randomness.subarray(offset + idLength, offset + idLength + saltLength);
    const { patient } = draft;
    const chain = patient === null ? { patientSequence: null, patientPrevious: null } : nextInChain(heads.get(patient));
    const entry: Entry = { v: 1, id, ...draft, ...chain };
    const canonical = encodeEntry(entry);
    const commitment = commit(salt, canonical, hasher);
    if (patient !== null) {
      heads.set(patient, { sequence: chain.patientSequence ?? 1, commitment: toBase64url(commitment) });
    }
    entries.push({ index: from.range.size + i, entry, commitment });
    salts.push(salt);
    canonicals.push(canonical);
  }
  const subtrees: StoredSubtree[] = [];
  const leaves = entries.map(({ commitment }) => hasher.leaf(commitment));
  const range = appendLeaves(from.range, leaves, hasher, (level, index, hash) => {
    if (level > 0 && level % storedLevelStep === 0) subtrees.push({ level, index, hash });
  });
  return { from, to: { range, root: rootOf(range, hasher) }, entries, salts, canonicals, subtrees };
}

/** Cuts hashes that are stored one after the other. */
export function splitHashes(joined: Uint8Array): Uint8Array[] {
  return Array.from({ length: joined.length / hashLength }, (_, i) =>
    joined.subarray(i * hashLength, (i + 1) * hashLength),
  );
}
