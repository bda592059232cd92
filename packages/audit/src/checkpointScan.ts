import type { Checkpoint, SignedCheckpoint } from './checkpoint.ts';
import { CheckpointTrust, type KnownSigners, type LogTrust } from './checkpointTrust.ts';
import type { Finding } from './finding.ts';

/** A checkpoint that the log did sign. */
export interface KnownCheckpoint extends Checkpoint {
  readonly isWitnessed: boolean;
}

/** Signatures that are checked at once. */
const atOnce = 64;

/** One pass over a log's checkpoints. Keeps of each what it states, not the note. */
export class CheckpointScan {
  readonly #trust: CheckpointTrust;
  readonly #requireWitness: boolean;
  readonly #known = new Map<string, KnownCheckpoint>();
  readonly #findings: Finding[] = [];

  private constructor(trust: CheckpointTrust, requireWitness: boolean) {
    this.#trust = trust;
    this.#requireWitness = requireWitness;
  }

  static async open(trust: LogTrust): Promise<CheckpointScan> {
    return new CheckpointScan(await CheckpointTrust.open(trust), trust.requireWitness);
  }

  async take(signed: SignedCheckpoint): Promise<KnownSigners> {
    const signers = await this.#trust.signersOf(signed);
    const { checkpoint, note } = signed;
    if (!signers.isLogs) {
      this.#findings.push({ tag: 'forged', size: checkpoint.size });
      return signers;
    }
    // The same one may be there from before it was cosigned, and in the witness's copy.
    const isWitnessed = signers.isWitnessed || this.#known.get(note.text)?.isWitnessed === true;
    this.#known.set(note.text, { ...checkpoint, isWitnessed });
    return signers;
  }

  async takeAll(checkpoints: AsyncIterable<SignedCheckpoint> | Iterable<SignedCheckpoint>): Promise<void> {
    let waiting: Promise<unknown>[] = [];
    for await (const signed of checkpoints) {
      waiting.push(this.take(signed));
      if (waiting.length < atOnce) continue;
      await Promise.all(waiting);
      waiting = [];
    }
    await Promise.all(waiting);
  }

  /** Those that the log signed, by size, each once; and what is wrong with the others. */
  finish(): { readonly known: readonly KnownCheckpoint[]; readonly findings: readonly Finding[] } {
    const known = [...this.#known.values()].sort((a, b) => a.size - b.size);
    const bare = this.#requireWitness ? known.filter(({ isWitnessed }) => !isWitnessed) : [];
    const unwitnessed = bare.map(({ size }): Finding => ({ tag: 'unwitnessed', size }));
    return { known, findings: [...this.#findings, ...unwitnessed] };
  }
}
