import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { type Checkpoint, type SignedCheckpoint, signCheckpoint, signedByLog } from '../checkpoint.ts';
import { formatNote, type NoteSigner } from '../note.ts';
import { verifyConsistency } from '../proof.ts';
import type { TreeHasher } from '../treeHasher.ts';
import { AuditStoreError } from './errors.ts';
import { LogReader } from './logReader.ts';
import { checkpointTable } from './schema.ts';
import { askWitness, type WitnessClient } from './witnessClient.ts';

/** What became of asking. */
export type CheckpointOutcome =
  | { readonly tag: 'witnessed'; readonly checkpoint: SignedCheckpoint }
  /** The witness has been reached before, but not now: the log's own signature stands. */
  | { readonly tag: 'unwitnessed'; readonly checkpoint: SignedCheckpoint }
  /** The witness can't be reached and never was, and nothing is remembered: this may be an old backup. Nothing is signed. */
  | { readonly tag: 'unsigned' };

/** What was signed last, kept where no restored backup of the database reaches. */
export interface CheckpointMemory {
  /** The log's own signature on it has been checked. Null if nothing was ever stored. */
  load(): Promise<SignedCheckpoint | null>;
  /** @throws anything if it can't be kept: then the checkpoint isn't given out */
  store(signed: SignedCheckpoint, isWitnessed: boolean): Promise<void>;
}

export interface CheckpointerPorts {
  readonly database: NodePgDatabase;
  readonly hasher: TreeHasher;
  readonly signer: NoteSigner;
  /** Null only where nobody could be a witness: then a restored backup is signed as if it were the log. */
  readonly witness: WitnessClient | null;
  /** With it the log is signed before the witness was first heard, if it continues what is remembered. */
  readonly memory?: CheckpointMemory;
  /** Write-once storage: every checkpoint goes there before the witness sees it. @throws anything if it can't be kept */
  readonly copy?: (signed: SignedCheckpoint) => Promise<void>;
}

/** How often it starts over when the witness turns out to be elsewhere. */
const attempts = 3;

type Head = Pick<Checkpoint, 'size' | 'root'>;

/**
 * Signs the sequencer's row, and nothing else, and has it witnessed. Signs nothing that has fewer entries than it once
 * signed or its witness once saw, or doesn't begin with what was signed: that is a restored backup or a fork, and a
 * person must look.
 */
export class Checkpointer {
  readonly #ports: CheckpointerPorts;
  readonly #log: LogReader;
  #turn: Promise<unknown> = Promise.resolve();
  /** Size of the log that the witness knows; null until it was heard. */
  #witnessedSize: number | null = null;
  /** The last that was signed here: kept in memory too, where no restored backup reaches. */
  #signed: Head | null = null;
  #isRemembered = false;

  constructor(ports: CheckpointerPorts) {
    this.#ports = ports;
    this.#log = new LogReader(ports.database, ports.hasher);
  }

  /**
   * A checkpoint over everything that is in the log now; calls are taken one after the other.
   *
   * @throws AuditStoreError `rollback` or `fork`
   */
  checkpoint(): Promise<CheckpointOutcome> {
    const turn = this.#turn.then(() => this.#checkpoint(attempts));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #checkpoint(attemptsLeft: number): Promise<CheckpointOutcome> {
    if (attemptsLeft === 0) return { tag: 'unsigned' };
    const { signer, witness } = this.#ports;
    await this.#remember();
    // In this order: another process of ours may sign more meanwhile.
    const last = await this.#log.lastCheckpoint();
    const head = await this.#log.head();
    if (last && !(await signedByLog(last, signer.key))) throw new AuditStoreError('fork');
    const proofs = new ProofsTo(this.#log, head.size);
    for (const before of [this.#signed, last?.checkpoint]) {
      if (before) await this.#refuseUnlessExtends(before, head, proofs);
    }
    if (!witness) return { tag: 'unwitnessed', checkpoint: await this.#sign(head, last, true) };

    const witnessedSize = this.#witnessedSize ?? (await this.#hear(witness, last));
    if (witnessedSize === null) {
      if (!this.#isRemembered) return { tag: 'unsigned' };
      return { tag: 'unwitnessed', checkpoint: await this.#sign(head, last, true) };
    }
    if (witnessedSize > head.size) {
      if ((await this.#log.head()).size < witnessedSize) throw new AuditStoreError('rollback');
      return this.#checkpoint(attemptsLeft - 1);
    }
    if (witnessedSize === head.size) {
      const known = await this.#log.lastCheckpoint(true);
      if (known?.checkpoint.size === head.size) return { tag: 'witnessed', checkpoint: known };
    }
    const signed = await this.#sign(head, last, false);
    const reply = await askWitness(witness, signed, witnessedSize, await proofs.from(witnessedSize));
    // Nothing is kept before the witness had its say: what it refuses is never shown to anybody else.
    switch (reply.tag) {
      case 'cosigned':
        this.#witnessedSize = head.size;
        await this.#keep(reply.checkpoint, true);
        return { tag: 'witnessed', checkpoint: reply.checkpoint };
      case 'silent':
        await this.#keep(signed, false);
        return { tag: 'unwitnessed', checkpoint: signed };
      case 'otherLog':
        throw new AuditStoreError('fork');
      case 'elsewhere':
        // Our memory of it was stale: an answer was lost, or another process of ours has asked meanwhile.
        this.#witnessedSize = reply.size;
        return this.#checkpoint(attemptsLeft - 1);
    }
  }

  /** What this process doesn't know of, it learns once: what was signed before it began. */
  async #remember(): Promise<void> {
    if (this.#isRemembered || !this.#ports.memory) return;
    const known = await this.#ports.memory.load();
    if (known === null) return;
    this.#signed ??= known.checkpoint;
    this.#isRemembered = true;
  }

  /** The log that was signed must be how the log of now begins. */
  async #refuseUnlessExtends(before: Head, head: Head, proofs: ProofsTo): Promise<void> {
    if (before.size > head.size) throw new AuditStoreError('rollback');
    const proof = await proofs.from(before.size);
    if (!verifyConsistency(before.size, before.root, head.size, head.root, proof, this.#ports.hasher)) {
      throw new AuditStoreError('fork');
    }
  }

  /** Asks the witness what it knows, by a checkpoint that says nothing new. Null if it can't be reached. */
  async #hear(witness: WitnessClient, last: SignedCheckpoint | null): Promise<number | null> {
    const { hasher, signer } = this.#ports;
    const known = last ?? (await signCheckpoint({ origin: signer.key.name, size: 0, root: hasher.empty }, signer));
    const reply = await askWitness(witness, known, known.checkpoint.size, []);
    switch (reply.tag) {
      case 'cosigned':
        this.#witnessedSize = known.checkpoint.size;
        break;
      case 'elsewhere':
        this.#witnessedSize = reply.size;
        break;
      case 'otherLog':
        throw new AuditStoreError('fork');
      case 'silent':
    }
    return this.#witnessedSize;
  }

  async #sign(head: Head, last: SignedCheckpoint | null, keep: boolean): Promise<SignedCheckpoint> {
    if (last?.checkpoint.size === head.size) return last;
    const { signer } = this.#ports;
    const signed = await signCheckpoint({ origin: signer.key.name, ...head }, signer);
    await this.#ports.copy?.(signed);
    if (keep) await this.#keep(signed, false);
    return signed;
  }

  async #keep(signed: SignedCheckpoint, witnessed: boolean): Promise<void> {
    const { size, root } = signed.checkpoint;
    await this.#ports.memory?.store(signed, witnessed);
    this.#signed = { size, root };
    await this.#ports.database
      .insert(checkpointTable)
      .values({ size, witnessed, note: formatNote(signed.note) })
      .onConflictDoNothing();
  }
}

/** Consistency proofs to one size: what was signed last and what the witness knows are most often the same. */
class ProofsTo {
  readonly #log: LogReader;
  readonly #size: number;
  readonly #made = new Map<number, Promise<Uint8Array[]>>();

  constructor(log: LogReader, size: number) {
    this.#log = log;
    this.#size = size;
  }

  from(oldSize: number): Promise<Uint8Array[]> {
    const made = this.#made.get(oldSize) ?? this.#log.consistency(oldSize, this.#size);
    this.#made.set(oldSize, made);
    return made;
  }
}
