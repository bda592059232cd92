import { eq, inArray, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { concat, toBase64url } from '../bytes.ts';
import { commit } from '../commitment.ts';
import { appendLeaves, type CompactRange, rootOf } from '../compactRange.ts';
import { checkDraft, type Entry, type EntryDraft, encodeEntry, saltLength } from '../entry.ts';
import { nextInChain, type PatientHead } from '../patientChain.ts';
import { hashLength, type TreeHasher } from '../treeHasher.ts';
import { AuditStoreError } from './errors.ts';
import { commitmentsTable, patientHeadTable, sequencerTable, subtreeTable } from './schema.ts';

/** Any database handle that may be inside a transaction; rows are only ever written inside one. */
export type LogTransaction = Pick<NodePgDatabase, 'select' | 'insert' | 'update' | 'execute'>;

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

/** Most entries of one batch: what one row of commitments may hold. */
export const maxBatch = 1024;
/** Every 8th level of subtrees is stored: a proof computes at most 8 levels from 256 hashes. */
export const storedLevelStep = 8;

interface PreparedEntry extends AppendedEntry {
  readonly salt: Uint8Array;
  readonly canonical: Uint8Array;
}

/**
 * Appends in the caller's transaction: the entries are in the log exactly if the transaction commits. Others that
 * append wait until then, so keep it short. The sequencer is compared and swapped: two writers never make a fork.
 *
 * @throws AuditFormatError if a draft isn't one, before anything is written
 * @throws AuditStoreError `conflict` if the sequencer moved meanwhile; roll back and try again
 */
export async function appendBatch(
  transaction: LogTransaction,
  drafts: readonly EntryDraft[],
  ports: AppendPorts,
): Promise<AppendedEntry[]> {
  if (drafts.length === 0) return [];
  if (drafts.length > maxBatch) throw new AuditStoreError('batchTooLarge');
  for (const draft of drafts) checkDraft(draft);
  const range = await lockSequencer(transaction);
  const heads = await readHeads(transaction, drafts);
  const prepared = drafts.map((draft, i) => prepare(draft, range.size + i, heads, ports));

  const subtrees: { level: number; index: number; hash: Uint8Array }[] = [];
  const leaves = prepared.map(({ commitment }) => ports.hasher.leaf(commitment));
  const next = appendLeaves(range, leaves, ports.hasher, (level, index, hash) => {
    if (level > 0 && level % storedLevelStep === 0) subtrees.push({ level, index, hash });
  });

  await insertEntries(transaction, prepared);
  await transaction
    .insert(commitmentsTable)
    .values({ start: range.size, hashes: concat(...prepared.map(({ commitment }) => commitment)) });
  if (subtrees.length > 0) await transaction.insert(subtreeTable).values(subtrees);
  await writeHeads(transaction, heads);
  await swapSequencer(transaction, range.size, next, ports.hasher);
  return prepared.map(({ index, entry, commitment }) => ({ index, entry, commitment }));
}

async function lockSequencer(transaction: LogTransaction): Promise<CompactRange> {
  const [row] = await transaction.select().from(sequencerTable).for('update');
  if (!row) throw new AuditStoreError('notMigrated');
  return { size: row.size, subtrees: splitHashes(row.subtrees) };
}

/** Cuts hashes that are stored one after the other. */
export function splitHashes(joined: Uint8Array): Uint8Array[] {
  return Array.from({ length: joined.length / hashLength }, (_, i) =>
    joined.subarray(i * hashLength, (i + 1) * hashLength),
  );
}

async function readHeads(
  transaction: LogTransaction,
  drafts: readonly EntryDraft[],
): Promise<Map<string, PatientHead>> {
  const patients = [...new Set(drafts.flatMap(({ patient }) => patient ?? []))];
  if (patients.length === 0) return new Map();
  const rows = await transaction.select().from(patientHeadTable).where(inArray(patientHeadTable.patient, patients));
  return new Map(rows.map((row) => [row.patient, { sequence: row.sequence, commitment: toBase64url(row.commitment) }]));
}

/** Makes the entry, and moves its patient's head on to it. */
function prepare(
  draft: EntryDraft,
  index: number,
  heads: Map<string, PatientHead>,
  { hasher, random }: AppendPorts,
): PreparedEntry {
  const chain =
    draft.patient === null ? { patientSequence: null, patientPrevious: null } : nextInChain(heads.get(draft.patient));
  const entry: Entry = { v: 1, id: toBase64url(random(16)), ...draft, ...chain };
  const canonical = encodeEntry(entry);
  const salt = random(saltLength);
  const commitment = commit(salt, canonical, hasher);
  if (entry.patient !== null && entry.patientSequence !== null) {
    heads.set(entry.patient, { sequence: entry.patientSequence, commitment: toBase64url(commitment) });
  }
  return { index, entry, commitment, salt, canonical };
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** One statement with eight array parameters: a statement with a parameter a value costs several times as much. */
async function insertEntries(transaction: LogTransaction, entries: readonly PreparedEntry[]): Promise<void> {
  const column = <T>(pick: (prepared: PreparedEntry) => T) => sql.param(entries.map(pick));
  await transaction.execute(sql`
    INSERT INTO audit.entry (index, salt, canonical, time, actor, patient, action, resource)
    SELECT * FROM unnest(
      ${column(({ index }) => index)}::bigint[],
      ${column(({ salt }) => asBuffer(salt))}::bytea[],
      ${column(({ canonical }) => asBuffer(canonical))}::bytea[],
      ${column(({ entry }) => entry.time)}::timestamptz[],
      ${column(({ entry }) => entry.actor)}::text[],
      ${column(({ entry }) => entry.patient)}::text[],
      ${column(({ entry }) => entry.action)}::text[],
      ${column(({ entry }) => entry.resource)}::text[])`);
}

async function writeHeads(transaction: LogTransaction, heads: ReadonlyMap<string, PatientHead>): Promise<void> {
  if (heads.size === 0) return;
  const rows = [...heads];
  await transaction.execute(sql`
    INSERT INTO audit.patient_head (patient, sequence, commitment)
    SELECT patient, sequence, commitment FROM unnest(
      ${sql.param(rows.map(([patient]) => patient))}::text[],
      ${sql.param(rows.map(([, head]) => head.sequence))}::bigint[],
      ${sql.param(rows.map(([, head]) => Buffer.from(head.commitment, 'base64url')))}::bytea[]
    ) AS head (patient, sequence, commitment)
    ON CONFLICT (patient) DO UPDATE SET sequence = excluded.sequence, commitment = excluded.commitment`);
}

async function swapSequencer(
  transaction: LogTransaction,
  from: number,
  next: CompactRange,
  hasher: TreeHasher,
): Promise<void> {
  const swapped = await transaction
    .update(sequencerTable)
    .set({ size: next.size, subtrees: concat(...next.subtrees), root: rootOf(next, hasher) })
    .where(eq(sequencerTable.size, from))
    .returning({ size: sequencerTable.size });
  if (swapped.length !== 1) throw new AuditStoreError('conflict');
}
