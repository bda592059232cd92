import { gte } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { equal, fromUtf8 } from '../bytes.ts';
import type { SignedCheckpoint } from '../checkpoint.ts';
import { rootOf, subtreeCount } from '../compactRange.ts';
import { decodeEntry } from '../entry.ts';
import { AuditFormatError } from '../errors.ts';
import type { Finding, VerificationReport } from '../finding.ts';
import { LogScan, type ScannedLog } from '../logScan.ts';
import type { TreeHasher } from '../treeHasher.ts';
import { type LogTrust, reportOf } from '../verifyLog.ts';
import { splitHashes, storedLevelStep } from './batch.ts';
import { AuditStoreError } from './errors.ts';
import { type Labels, LogReader, type StoredLeaf } from './logReader.ts';
import type { ReadableDatabase } from './readableDatabase.ts';
import { entryTable, sequencerTable, subtreeTable } from './schema.ts';

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
  snapshot: ReadableDatabase,
  given: readonly SignedCheckpoint[],
  trust: LogTrust,
  hasher: TreeHasher,
): Promise<VerificationReport> {
  const reader = new LogReader(snapshot, hasher);
  const { size } = await reader.head();
  const scan = new LogScan(size, hasher);
  const beside: Finding[] = [];
  for await (const leaf of reader.leaves()) {
    scan.take(leaf);
    if (!isFoundByItsOwnWords(leaf)) beside.push({ tag: 'mislabelled', index: leaf.index });
  }
  const scanned = scan.finish();
  beside.push(...(await findAdded(snapshot, size)));
  if (scanned.unbroken === size) beside.push(...(await findWronglyDerived(snapshot, scanned, hasher)));
  const report = await reportOf(scanned, [...(await reader.checkpoints()), ...given], trust);
  return { ...report, findings: [...report.findings, ...beside] };
}

function isFoundByItsOwnWords({ content, labels }: StoredLeaf): boolean {
  if (!content || !labels) return true;
  try {
    if (isPlainlySo(fromUtf8(content.encoded, 'entry'), labels)) return true;
    const entry = decodeEntry(content.encoded);
    return (
      new Date(labels.time).toISOString() === entry.time &&
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
  // `YYYY-MM-DD hh:mm:ss.sss+00`, in which PostgreSQL leaves out zeros at the end.
  const utc = postgresUtc.exec(time);
  if (!utc) return false;
  const [, date = '', clock = '', millis = ''] = utc;
  return (
    spelled.startsWith(`{"action":${JSON.stringify(action)},"actor":${JSON.stringify(actor)},`) &&
    spelled.includes(`,"patient":${JSON.stringify(patient)},"patientPrevious":`) &&
    spelled.includes(`,"resource":${JSON.stringify(resource)},"role":`) &&
    spelled.includes(`,"time":"${date}T${clock}.${millis.padEnd(3, '0')}Z",`)
  );
}

const postgresUtc = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,3}))?\+00$/;

/** Entries behind the end, which searching would show. */
async function findAdded(snapshot: ReadableDatabase, size: number): Promise<Finding[]> {
  const rows = await snapshot.select({ index: entryTable.index }).from(entryTable).where(gte(entryTable.index, size));
  return rows.map(({ index }) => ({ tag: 'added', index }));
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
