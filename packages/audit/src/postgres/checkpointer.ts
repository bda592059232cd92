import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { equal, fromUtf8, toBase64 } from '../bytes.ts';
import {
  cosignedAt,
  encodeSignedCheckpoint,
  type SignedCheckpoint,
  signCheckpoint,
  signedByLog,
  withSignature,
} from '../checkpoint.ts';
import { formatNote, type NoteSigner, parseSignatures, type VerifierKey } from '../note.ts';
import type { AuditLog } from './auditLog.ts';
import { AuditStoreError } from './errors.ts';
import { checkpointTable } from './schema.ts';

/** How a log reaches its witness: https://c2sp.org/tlog-witness. */
export interface WitnessClient {
  readonly key: VerifierKey;
  /** Posts to `/add-checkpoint`. @throws anything if the witness can't be reached */
  addCheckpoint(body: Uint8Array): Promise<{ status: number; body: string }>;
}

/** What became of asking: `unwitnessed` says that the witness couldn't be reached; the log's own signature stands. */
export type CheckpointOutcome =
  | { readonly tag: 'witnessed'; readonly checkpoint: SignedCheckpoint }
  | { readonly tag: 'unwitnessed'; readonly checkpoint: SignedCheckpoint };

export interface CheckpointerPorts {
  readonly database: NodePgDatabase;
  readonly log: AuditLog;
  readonly signer: NoteSigner;
  readonly witness: WitnessClient | null;
}

/**
 * Signs the sequencer's row, and nothing else, and has it witnessed. Refuses to sign a log that has fewer entries
 * than it once signed or its witness once saw: that is a restored backup or a fork, and a person must look.
 */
export class Checkpointer {
  readonly #ports: CheckpointerPorts;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(ports: CheckpointerPorts) {
    this.#ports = ports;
  }

  /**
   * A checkpoint over everything that is in the log now; calls are taken one after the other.
   *
   * @throws AuditStoreError `rollback` or `fork`
   */
  checkpoint(): Promise<CheckpointOutcome> {
    const turn = this.#turn.then(() => this.#checkpoint());
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #checkpoint(): Promise<CheckpointOutcome> {
    const { log, signer } = this.#ports;
    const { size, root } = await log.head();
    const last = await log.lastCheckpoint();
    if (last) await this.#refuseIfBehind(last, size, root);
    const known = await log.lastCheckpoint(true);
    if (known?.checkpoint.size === size) return { tag: 'witnessed', checkpoint: known };

    const signed =
      last?.checkpoint.size === size ? last : await signCheckpoint({ origin: signer.key.name, size, root }, signer);
    if (signed !== last) await this.#keep(signed, false);
    const witnessed = await this.#cosign(signed, known?.checkpoint.size ?? 0);
    if (!witnessed) return { tag: 'unwitnessed', checkpoint: signed };
    await this.#keep(witnessed, true);
    return { tag: 'witnessed', checkpoint: witnessed };
  }

  async #refuseIfBehind(last: SignedCheckpoint, size: number, root: Uint8Array): Promise<void> {
    if (!(await signedByLog(last, this.#ports.signer.key))) throw new AuditStoreError('fork');
    if (last.checkpoint.size > size) throw new AuditStoreError('rollback');
    if (last.checkpoint.size === size && !equal(last.checkpoint.root, root)) throw new AuditStoreError('fork');
  }

  /** Null if the witness can't be reached. */
  async #cosign(signed: SignedCheckpoint, oldSize: number): Promise<SignedCheckpoint | null> {
    const { log, witness } = this.#ports;
    if (!witness) return null;
    const { size } = signed.checkpoint;
    const ask = async (from: number) => {
      const proof = await log.consistency(from, size);
      const lines = [`old ${from}`, ...proof.map(toBase64), '', ''].join('\n');
      return witness.addCheckpoint(new TextEncoder().encode(lines + fromUtf8(encodeSignedCheckpoint(signed), 'note')));
    };
    let answer: { status: number; body: string };
    try {
      answer = await ask(oldSize);
      const actual = answer.status === 409 ? Number(/^(\d{1,16})\n$/.exec(answer.body)?.[1] ?? Number.NaN) : null;
      if (actual !== null && actual > size) throw new AuditStoreError('rollback');
      // Behind our memory of it (a lost answer) or ahead: ask once more from where the witness really is.
      if (actual !== null && actual !== oldSize) answer = await ask(actual);
    } catch (error) {
      if (error instanceof AuditStoreError) throw error;
      return null;
    }
    // The witness knows another log of that size, or one that ours doesn't continue.
    if (answer.status === 409 || answer.status === 422) throw new AuditStoreError('fork');
    if (answer.status !== 200) return null;
    const [signature] = parseSignatures(answer.body);
    if (!signature) return null;
    const cosigned = withSignature(signed, signature);
    return (await cosignedAt(cosigned, witness.key)) === null ? null : cosigned;
  }

  async #keep(signed: SignedCheckpoint, witnessed: boolean): Promise<void> {
    const note = formatNote(signed.note);
    await this.#ports.database
      .insert(checkpointTable)
      .values({ size: signed.checkpoint.size, witnessed, note })
      .onConflictDoNothing();
  }
}
