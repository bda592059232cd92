import { gt, gte, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { equal, fromUtf8, toBase64url } from '../bytes.ts';
import type { SignedCheckpoint } from '../checkpoint.ts';
import { CheckpointScan } from '../checkpointScan.ts';
import type { LogTrust } from '../checkpointTrust.ts';
import { rootOf, subtreeCount } from '../compactRange.ts';
import { decodeEntry } from '../entry.ts';
import { AuditFormatError } from '../errors.ts';
import type { Finding, VerificationReport } from '../finding.ts';
import { LogScan, type ScannedLog } from '../logScan.ts';
import type { TreeHasher } from '../treeHasher.ts';
import { reportOf } from '../verifyLog.ts';
import { maxBatch, splitHashes, storedLevelStep } from './batch.ts';
import { AuditStoreError } from './errors.ts';
import { type Labels, LogReader, type StoredLeaf } from './logReader.ts';
import type { ReadableDatabase } from './readableDatabase.ts';
import { commitmentsTable, entryTable, erasedHeadTable, sequencerTable, subtreeTable } from './schema.ts';
import type { WritableDatabase } from './writeBatch.ts';

/**
 * Checks the log in a database as one moment saw it: all that `verifyLog` checks, and what the database keeps beside
 * the log — the words that it searches by, its head, the hashes that it makes proofs with.
 *
 * @param given checkpoints from elsewhere, the witness's own copy above all; the database's are read anyway
 * @throws AuditStoreError `notMigrated`
 */
export const verifyStore = (
  database: NodePgDatabase,
  given: readonly SignedCheckpoint[],
  trust: LogTrust,
  hasher: TreeHasher,
): Promise<VerificationReport> =>
  database.transaction((snapshot) => verifySnapshot(snapshot, given, trust, hasher), {
    isolationLevel: 'repeatable read',
    accessMode: 'read only',
  });

async function verifySnapshot(
  snapshot: ReadableDatabase & WritableDatabase,
  given: readonly SignedCheckpoint[],
  trust: LogTrust,
  hasher: TreeHasher,
): Promise<VerificationReport> {
  // In which times are told in one spelling, whatever the database or the role was set to.
  await snapshot.execute(sql`SET LOCAL DateStyle = 'ISO, YMD'`);
  await snapshot.execute(sql`SET LOCAL TimeZone = 'UTC'`);
  const reader = new LogReader(snapshot, hasher);
  const { size } = await reader.head();
  const scan = new LogScan(size, hasher);
  const beside: Finding[] = [];
  for await (const leaf of reader.leaves()) {
    scan.take(leaf);
    if (!isFoundByItsOwnWords(leaf)) beside.push({ tag: 'mislabelled', index: leaf.index });
  }
  const scanned = scan.finish();
  // One by one: there may be more than a call takes arguments.
  for (const index of await findAdded(snapshot, size)) beside.push({ tag: 'added', index });
  if (scanned.unbroken === size) beside.push(...(await findWronglyDerived(snapshot, scanned, hasher)));
  if (await areHeadsWrong(snapshot, scanned)) beside.push({ tag: 'derived', what: 'patient' });
  const signed = await CheckpointScan.open(trust);
  await signed.takeAll(given);
  if (await takeKept(reader, signed, trust)) beside.push({ tag: 'derived', what: 'checkpoint' });
  const report = reportOf(scanned, signed, trust);
  return { ...report, findings: [...report.findings, ...beside] };
}

/** @returns whether one is kept as something else than it is */
async function takeKept(reader: LogReader, signed: CheckpointScan, { witnesses }: LogTrust): Promise<boolean> {
  let isOneWrong = false;
  for await (const kept of reader.keptCheckpoints()) {
    const { isLogs, isWitnessed } = await signed.take(kept.signed);
    // Who else may have cosigned isn't known where no witness is.
    const isOther =
      kept.size !== kept.signed.checkpoint.size || (witnesses.length > 0 && kept.witnessed !== isWitnessed);
    isOneWrong ||= isLogs && isOther;
  }
  return isOneWrong;
}

/** Whether what erasures left of patients' counts is of no erased entry, or of more entries than there are. */
async function areHeadsWrong(snapshot: ReadableDatabase, { size, erased }: ScannedLog): Promise<boolean> {
  const commitments = new Set(Array.from(erased.values(), toBase64url));
  const heads = await snapshot.select().from(erasedHeadTable);
  return heads.some(({ sequence, commitment }) => sequence > size || !commitments.has(toBase64url(commitment)));
}

function isFoundByItsOwnWords({ content, labels }: StoredLeaf): boolean {
  if (!content || !labels) return true;
  try {
    if (isPlainlySo(fromUtf8(content.encoded, 'entry'), labels)) return true;
    const entry = decodeEntry(content.encoded);
    return (
      utcOf(labels.time) === entry.time &&
      labels.actor === entry.actor &&
      labels.patient === entry.patient &&
      labels.action === entry.action &&
      labels.resource === entry.resource
    );
  } catch (error) {
    // Not an entry: the scan says so.
    if (error instanceof AuditFormatError) return true;
    throw error;
  }
}

/**
 * Whether an entry's spelling has these words: as nearly all do, and sooner seen than by taking it apart. What begins
 * with a bare quote can't stand inside a text, so that each is found in its own field or not at all.
 */
function isPlainlySo(spelled: string, { action, actor, patient, resource, time }: Labels): boolean {
  const utc = utcOf(time);
  return (
    utc !== null &&
    spelled.startsWith(`{"action":${JSON.stringify(action)},"actor":${JSON.stringify(actor)},`) &&
    spelled.includes(`,"patient":${JSON.stringify(patient)},"patientPrevious":`) &&
    spelled.includes(`,"resource":${JSON.stringify(resource)},"role":`) &&
    spelled.includes(`,"time":"${utc}",`)
  );
}

/** `YYYY-MM-DD hh:mm:ss.sss+00`, in which PostgreSQL leaves out zeros at the end. */
const postgresUtc = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,3}))?\+00$/;

/** As an entry spells it; null for what no entry has, such as microseconds or infinity. */
function utcOf(time: string): string | null {
  const utc = postgresUtc.exec(time);
  return utc && `${utc[1]}T${utc[2]}.${(utc[3] ?? '').padEnd(3, '0')}Z`;
}

/** Places behind the end that have an entry, which searching would show, or a commitment. */
async function findAdded(snapshot: ReadableDatabase, size: number): Promise<Set<number>> {
  const entries = await snapshot
    .select({ index: entryTable.index })
    .from(entryTable)
    .where(gte(entryTable.index, size));
  const batches = await snapshot
    .select({ start: commitmentsTable.start, length: sql<number>`length(${commitmentsTable.hashes}) / 32` })
    .from(commitmentsTable)
    .where(gt(commitmentsTable.start, size - maxBatch));
  const committed = batches.filter(({ start, length }) => start + length > size);
  return new Set([...entries.map(({ index }) => index), ...committed.map(({ start }) => Math.max(start, size))]);
}

async function findWronglyDerived(
  snapshot: ReadableDatabase,
  scanned: ScannedLog,
  hasher: TreeHasher,
): Promise<Finding[]> {
  const [sequencer] = await snapshot.select().from(sequencerTable);
  if (!sequencer) throw new AuditStoreError('notMigrated');
  const findings: Finding[] = [];
  const wanted = new Map<string, Uint8Array>();
  const roots = scanned.rootsAt([sequencer.size], (level, index, hash) => {
    if (level > 0 && level % storedLevelStep === 0) wanted.set(`${level}/${index}`, hash);
  });
  const subtrees = splitHashes(sequencer.subtrees);
  const root = roots.get(sequencer.size);
  const isEdgeRight =
    subtrees.length === subtreeCount(sequencer.size) &&
    equal(rootOf({ size: sequencer.size, subtrees }, hasher), sequencer.root);
  if (!isEdgeRight || !root || !equal(root, sequencer.root)) findings.push({ tag: 'derived', what: 'head' });

  const stored = await snapshot.select().from(subtreeTable);
  const areRight =
    stored.length === wanted.size &&
    stored.every(({ level, index, hash }) => equal(wanted.get(`${level}/${index}`) ?? hasher.empty, hash));
  if (!areRight) findings.push({ tag: 'derived', what: 'subtree' });
  return findings;
}
