import { equal } from './bytes.ts';
import type { SignedCheckpoint } from './checkpoint.ts';
import { CheckpointScan } from './checkpointScan.ts';
import type { LogTrust } from './checkpointTrust.ts';
import type { LoggedLeaf } from './exportLine.ts';
import type { Finding, VerificationReport } from './finding.ts';
import { LogScan, type ScannedLog } from './logScan.ts';
import type { TreeHasher } from './treeHasher.ts';

/**
 * Checks a whole log: every entry against its commitment, every erasure, every patient's sequence, every root that
 * a checkpoint states, every signature. Reads the leaves once, and keeps two hashes and an id of each.
 *
 * Entries above the report's `checkpointed` are under nothing: whoever holds them could have written them, and it is a
 * finding only where a witness is required. That the log wasn't set back as a whole, only the witness's own note shows.
 *
 * @param size number of leaves that the log says it has
 * @param leaves the log from entry 0
 * @param checkpoints every checkpoint that there is, the witness's own copy among them, in any order
 */
export async function verifyLog(
  size: number,
  leaves: AsyncIterable<LoggedLeaf> | Iterable<LoggedLeaf>,
  checkpoints: AsyncIterable<SignedCheckpoint> | Iterable<SignedCheckpoint>,
  trust: LogTrust,
  hasher: TreeHasher,
): Promise<VerificationReport> {
  const scan = new LogScan(size, hasher);
  if (Symbol.iterator in leaves) for (const leaf of leaves) scan.take(leaf);
  else for await (const leaf of leaves) scan.take(leaf);
  const signed = await CheckpointScan.open(trust);
  await signed.takeAll(checkpoints);
  return reportOf(scan.finish(), signed, trust);
}

/** Compares what was read with what was signed. */
export function reportOf(scanned: ScannedLog, signed: CheckpointScan, trust: LogTrust): VerificationReport {
  const { known, findings: aboutSignatures } = signed.finish();
  const { size, unbroken, erased } = scanned;
  const findings: Finding[] = [...aboutSignatures];
  const roots = scanned.rootsAt(known.map((checkpoint) => checkpoint.size));
  let checkpointed = 0;
  let witnessed = 0;
  for (const checkpoint of known) {
    if (checkpoint.size > size) {
      findings.push({ tag: 'rollback', size, stated: checkpoint.size });
      continue;
    }
    // Behind a leaf that is missing no root can be computed; that it is missing has been said.
    if (checkpoint.size > unbroken) continue;
    const root = roots.get(checkpoint.size);
    if (!root || !equal(root, checkpoint.root)) {
      findings.push({ tag: 'fork', size: checkpoint.size, after: checkpointed });
      continue;
    }
    checkpointed = checkpoint.size;
    if (checkpoint.isWitnessed) witnessed = checkpoint.size;
  }
  const last = known.findLast(({ isWitnessed }) => isWitnessed)?.size ?? null;
  // Where there is one and it doesn't fit, that has been said.
  if (trust.requireWitness && (last === null || last < size)) {
    findings.push({ tag: 'uncovered', index: last ?? 0, size });
  }
  return { size, erased: erased.size, checkpointed, witnessed, findings: [...findings, ...scanned.findings] };
}
