import { equal } from './bytes.ts';
import { type Checkpoint, cosignedAt, type SignedCheckpoint, signedByLog } from './checkpoint.ts';
import type { LoggedLeaf } from './exportLine.ts';
import type { Finding, VerificationReport } from './finding.ts';
import { LogScan, type ScannedLog } from './logScan.ts';
import type { VerifierKey } from './note.ts';
import type { TreeHasher } from './treeHasher.ts';

export interface LogTrust {
  /** The log's own key. */
  readonly log: VerifierKey;
  readonly witnesses: readonly VerifierKey[];
  /** Whether every checkpoint must carry a cosignature. */
  readonly requireWitness: boolean;
}

/** A checkpoint that the log did sign. */
interface KnownCheckpoint extends Checkpoint {
  readonly isWitnessed: boolean;
}

/**
 * Checks a whole log: every entry against its commitment, every erasure, every patient's sequence, every root that
 * a checkpoint states, every signature. Reads the leaves once, and keeps two hashes and an id of each.
 *
 * @param size number of leaves that the log says it has
 * @param leaves the log from entry 0
 * @param checkpoints every checkpoint that there is, the witness's own copy among them, in any order
 */
export async function verifyLog(
  size: number,
  leaves: AsyncIterable<LoggedLeaf> | Iterable<LoggedLeaf>,
  checkpoints: readonly SignedCheckpoint[],
  trust: LogTrust,
  hasher: TreeHasher,
): Promise<VerificationReport> {
  const scan = new LogScan(size, hasher);
  if (Symbol.iterator in leaves) for (const leaf of leaves) scan.take(leaf);
  else for await (const leaf of leaves) scan.take(leaf);
  return reportOf(scan.finish(), checkpoints, trust);
}

/** Compares what was read with what was signed. */
export async function reportOf(
  scanned: ScannedLog,
  checkpoints: readonly SignedCheckpoint[],
  trust: LogTrust,
): Promise<VerificationReport> {
  const { known, findings } = await verifySignatures(checkpoints, trust);
  const { size, unbroken, erased } = scanned;
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
  return { size, erased, checkpointed, witnessed, findings: [...findings, ...scanned.findings] };
}

/** Those that the log signed, by size, each once. */
async function verifySignatures(
  checkpoints: readonly SignedCheckpoint[],
  trust: LogTrust,
): Promise<{ known: KnownCheckpoint[]; findings: Finding[] }> {
  const known = new Map<string, KnownCheckpoint>();
  const findings: Finding[] = [];
  for (const candidate of checkpoints) {
    const { checkpoint } = candidate;
    if (!(await signedByLog(candidate, trust.log))) {
      findings.push({ tag: 'forged', size: checkpoint.size });
      continue;
    }
    let isWitnessed = false;
    for (const witness of trust.witnesses) isWitnessed ||= (await cosignedAt(candidate, witness)) !== null;
    // The same one may be there from before it was cosigned, and in the witness's copy.
    const text = candidate.note.text;
    known.set(text, { ...checkpoint, isWitnessed: isWitnessed || known.get(text)?.isWitnessed === true });
  }
  const sorted = [...known.values()].sort((a, b) => a.size - b.size);
  for (const { size, isWitnessed } of sorted) {
    if (trust.requireWitness && !isWitnessed) findings.push({ tag: 'unwitnessed', size });
  }
  return { known: sorted, findings };
}
