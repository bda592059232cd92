import { equal, toBase64url } from './bytes.ts';
import { cosignedAt, type SignedCheckpoint, signedByLog } from './checkpoint.ts';
import { commit } from './commitment.ts';
import { appendLeaves, type CompactRange, emptyRange, rootOf } from './compactRange.ts';
import type { LoggedContent, LoggedLeaf } from './exportLine.ts';
import type { Finding, VerificationReport } from './finding.ts';
import type { VerifierKey } from './note.ts';
import { PatientChains } from './patientChain.ts';
import type { TreeHasher } from './treeHasher.ts';

export interface LogTrust {
  /** The log's own key. */
  readonly log: VerifierKey;
  readonly witnesses: readonly VerifierKey[];
  /** Whether every checkpoint must carry a cosignature. */
  readonly requireWitness: boolean;
}

/** An entry that doesn't open the commitment of its place: kept until all commitments are known. */
interface Stranger {
  readonly index: number;
  readonly commitment: string;
}

/** How many leaves are hashed into the tree at a time. */
const batchSize = 1024;

/**
 * Checks a whole log: every entry against its commitment, every erasure, every patient's sequence, every root that
 * a checkpoint states, every signature. Reads the leaves once, in order, and keeps 32 bytes and an id of each.
 *
 * @param leaves the log from entry 0
 * @param checkpoints every checkpoint that there is, the witness's own copy among them, in any order
 */
export async function verifyLog(
  leaves: AsyncIterable<LoggedLeaf> | Iterable<LoggedLeaf>,
  checkpoints: readonly SignedCheckpoint[],
  trust: LogTrust,
  hasher: TreeHasher,
): Promise<VerificationReport> {
  const findings: Finding[] = [];
  const signed = await verifySignatures(checkpoints, trust, findings);
  const scan = new LogScan(
    signed.map(({ checkpoint }) => checkpoint.size),
    hasher,
    findings,
  );
  for await (const leaf of leaves) scan.take(leaf);
  const end = scan.finish();

  let checkpointed = 0;
  let witnessed = 0;
  for (const { checkpoint, isWitnessed } of signed) {
    if (checkpoint.size > end.size) {
      findings.push({ tag: 'rollback', size: end.size, stated: checkpoint.size });
      continue;
    }
    const root = end.roots.get(checkpoint.size);
    if (!root || !equal(root, checkpoint.root)) {
      findings.push({ tag: 'fork', size: checkpoint.size });
      continue;
    }
    checkpointed = Math.max(checkpointed, checkpoint.size);
    if (isWitnessed) witnessed = Math.max(witnessed, checkpoint.size);
  }
  return { size: end.size, erased: end.erased, checkpointed, witnessed, findings };
}

async function verifySignatures(checkpoints: readonly SignedCheckpoint[], trust: LogTrust, findings: Finding[]) {
  const good: { checkpoint: SignedCheckpoint['checkpoint']; isWitnessed: boolean }[] = [];
  for (const candidate of checkpoints) {
    const { checkpoint } = candidate;
    if (!(await signedByLog(candidate, trust.log))) {
      findings.push({ tag: 'forged', size: checkpoint.size });
      continue;
    }
    let isWitnessed = false;
    for (const witness of trust.witnesses) isWitnessed ||= (await cosignedAt(candidate, witness)) !== null;
    if (trust.requireWitness && !isWitnessed) findings.push({ tag: 'unwitnessed', size: checkpoint.size });
    good.push({ checkpoint, isWitnessed });
  }
  return good;
}

/** The state of one pass over a log. */
class LogScan {
  readonly #hasher: TreeHasher;
  readonly #findings: Finding[];
  /** Sizes at which a checkpoint states the root, ascending. */
  readonly #stops: number[];
  readonly #roots = new Map<number, Uint8Array>();
  readonly #commitments: Uint8Array[] = [];
  readonly #firstOfId = new Map<string, number>();
  readonly #strangers: Stranger[] = [];
  readonly #empty: number[] = [];
  readonly #erasures = new Map<number, string>();
  readonly #chains = new PatientChains();
  #range: CompactRange = emptyRange;
  #pending: Uint8Array[] = [];

  constructor(sizes: readonly number[], hasher: TreeHasher, findings: Finding[]) {
    this.#hasher = hasher;
    this.#findings = findings;
    this.#stops = [...new Set(sizes)].sort((a, b) => a - b);
    this.#noteRoot();
  }

  take(leaf: LoggedLeaf): void {
    const place = this.#commitments.length;
    if (leaf.index !== place) this.#findings.push({ tag: 'misplaced', index: leaf.index, place });
    this.#commitments.push(leaf.commitment);
    this.#pending.push(this.#hasher.leaf(leaf.commitment));
    if (this.#pending.length === batchSize || this.#commitments.length === this.#stops[0]) this.#fold();
    if (leaf.content) this.#takeContent(place, leaf.commitment, leaf.content);
    else {
      this.#empty.push(place);
      this.#chains.skip(leaf.commitment);
    }
  }

  #takeContent(place: number, commitment: Uint8Array, { entry, encoded, salt }: LoggedContent): void {
    const opened = commit(salt, encoded, this.#hasher);
    if (!equal(opened, commitment)) {
      this.#strangers.push({ index: place, commitment: toBase64url(opened) });
      this.#chains.skip(commitment);
      return;
    }
    const first = this.#firstOfId.get(entry.id);
    if (first === undefined) this.#firstOfId.set(entry.id, place);
    else this.#findings.push({ tag: 'duplicated', index: place, firstAt: first });
    if (!this.#chains.follows(entry, commitment)) this.#findings.push({ tag: 'patientGap', index: place });
    const erased = entry.action === 'audit.erase' ? /^entry:(\d{1,15})$/.exec(entry.resource)?.[1] : undefined;
    // Only what lies before can be erased: an entry can't announce that one of the future may vanish.
    if (erased !== undefined && Number(erased) < place && entry.before)
      this.#erasures.set(Number(erased), entry.before);
  }

  #fold(): void {
    this.#range = appendLeaves(this.#range, this.#pending, this.#hasher);
    this.#pending = [];
    this.#noteRoot();
  }

  #noteRoot(): void {
    while (this.#stops[0] === this.#range.size) {
      this.#roots.set(this.#range.size, rootOf(this.#range, this.#hasher));
      this.#stops.shift();
    }
  }

  finish(): { size: number; erased: number; roots: ReadonlyMap<number, Uint8Array> } {
    this.#fold();
    for (const index of this.#empty) {
      const commitment = this.#commitments[index];
      const isErased = commitment !== undefined && this.#erasures.get(index) === toBase64url(commitment);
      if (!isErased) this.#findings.push({ tag: 'removed', index });
    }
    if (this.#strangers.length > 0) this.#nameStrangers();
    return { size: this.#commitments.length, erased: this.#erasures.size, roots: this.#roots };
  }

  /** Tells entries that were moved or copied from those that were edited. */
  #nameStrangers(): void {
    const places = new Map(this.#commitments.map((commitment, index) => [toBase64url(commitment), index]));
    const strangers = new Set(this.#strangers.map(({ index }) => index));
    for (const { index, commitment } of this.#strangers) {
      const home = places.get(commitment);
      if (home === undefined) this.#findings.push({ tag: 'edited', index });
      else if (strangers.has(home)) this.#findings.push({ tag: 'reordered', index, belongsAt: home });
      else this.#findings.push({ tag: 'duplicated', index, firstAt: home });
    }
  }
}
