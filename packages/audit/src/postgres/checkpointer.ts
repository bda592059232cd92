import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { equal } from '../bytes.ts';
import {
  type Checkpoint,
  cosignedAt,
  type SignedCheckpoint,
  signatureByLog,
  signCheckpoint,
  signedByLog,
} from '../checkpoint.ts';
import { rootOf, subtreeCount } from '../compactRange.ts';
import { type Ed25519Verifier, formatNote, type NoteSigner, openVerifier } from '../note.ts';
import { verifyConsistency } from '../proof.ts';
import type { TreeHasher } from '../treeHasher.ts';
import type { LogState } from './batch.ts';
import { AuditStoreError } from './errors.ts';
import { LogReader } from './logReader.ts';
import { ProofReader } from './proofReader.ts';
import { askLatest, askWitness, type WitnessClient } from './witnessClient.ts';
import { keepCheckpoint } from './writeBatch.ts';

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
 * Signs the sequencer's row, and nothing else, and has it witnessed. Signs nothing that isn't what the leaves say, has
 * fewer entries than it once signed or its witness once saw, or doesn't begin with what was signed: that is a restored
 * backup or a fork, and a person must look.
 */
export class Checkpointer {
  readonly #ports: CheckpointerPorts;
  readonly #log: LogReader;
  #turn: Promise<unknown> = Promise.resolve();
  /** Size of the largest checkpoint that the witness cosigned for this process; null until it was heard. */
  #witnessed: number | null = null;
  /** The last that was signed here: kept in memory too, where no restored backup reaches. */
  #signed: Head | null = null;
  #isRemembered = false;
  /** Of the log's own signatures. */
  #verifier: Promise<Ed25519Verifier> | null = null;

  constructor(ports: CheckpointerPorts) {
    this.#ports = ports;
    this.#log = new LogReader(ports.database, ports.hasher);
  }

  /**
   * A checkpoint over everything that is in the log now; calls are taken one after the other. Nothing that the witness
   * says without its signature is remembered: each call asks it anew.
   *
   * @throws AuditStoreError `rollback` or `fork`
   */
  checkpoint(): Promise<CheckpointOutcome> {
    const turn = this.#turn.then(() => this.#checkpoint(attempts, null));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** @param told size that the witness says it knows; null if it wasn't asked yet */
  async #checkpoint(attemptsLeft: number, told: number | null): Promise<CheckpointOutcome> {
    const { witness } = this.#ports;
    await this.#remember();
    const { state, last } = await this.#log.stateAndLast();
    const head = await this.#checkedHead(state, last);
    const proofs = new ProofsTo(this.#log, head.size);
    for (const before of [this.#signed, last?.checkpoint]) {
      if (before && !(await this.#extends(before, head, proofs))) throw new AuditStoreError('fork');
    }
    if (!witness) return { tag: 'unwitnessed', checkpoint: await this.#keep(await this.#sign(head, last), false) };
    const known = told ?? this.#witnessed ?? (await this.#hear(witness, last));
    if (known === null || attemptsLeft === 0) return this.#goOnAlone(head, last);
    if (known > head.size) {
      const again = await this.#lookBehind(witness, known);
      return again === null ? this.#goOnAlone(head, last) : this.#checkpoint(attemptsLeft - 1, again);
    }
    const cosigned = this.#witnessed === head.size ? await this.#cosigned(witness, head) : null;
    if (cosigned) return { tag: 'witnessed', checkpoint: cosigned };
    const signed = await this.#sign(head, last);
    const reply = await askWitness(witness, signed, known, await proofs.from(known));
    // Nothing is kept before the witness had its say: what it refuses is never shown to anybody else.
    switch (reply.tag) {
      case 'cosigned':
        this.#witnessed = head.size;
        return { tag: 'witnessed', checkpoint: await this.#keep(reply.checkpoint, true) };
      case 'silent':
        return this.#goOnAlone(head, last);
      case 'otherLog':
        throw new AuditStoreError('fork');
      case 'elsewhere':
        // Our memory of it was stale: an answer was lost, or another process of ours has asked meanwhile.
        return this.#checkpoint(attemptsLeft - 1, reply.size);
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

  /**
   * The sequencer's row, if it follows from what is stored: its own edge always, and all leaves before there is a
   * signature that it could be compared with.
   */
  async #checkedHead({ range, root }: LogState, last: SignedCheckpoint | null): Promise<Head> {
    const { database, hasher, signer } = this.#ports;
    this.#verifier ??= openVerifier(signer.key);
    if (last && !(await signatureByLog(last, signer.key, await this.#verifier))) throw new AuditStoreError('fork');
    const { size, subtrees } = range;
    const signed = Math.max(last?.checkpoint.size ?? 0, this.#signed?.size ?? 0);
    if (signed > size) throw new AuditStoreError('rollback');
    const isEdge = subtrees.length === subtreeCount(size) && equal(rootOf(range, hasher), root);
    const isOfLeaves =
      signed > 0 || (isEdge && equal(await new ProofReader(database, hasher).rootOfLeaves(size), root));
    if (!isEdge || !isOfLeaves) throw new AuditStoreError('fork');
    return { size, root };
  }

  /** Whether the log that was signed is how the log of now begins. */
  async #extends(before: Head, head: Head, proofs: ProofsTo): Promise<boolean> {
    const proof = await proofs.from(before.size);
    return verifyConsistency(before.size, before.root, head.size, head.root, proof, this.#ports.hasher);
  }

  /** Asks the witness what it knows, by a checkpoint that says nothing new. Null if it can't be reached. */
  async #hear(witness: WitnessClient, last: SignedCheckpoint | null): Promise<number | null> {
    const { hasher, signer } = this.#ports;
    const known = last ?? (await signCheckpoint({ origin: signer.key.name, size: 0, root: hasher.empty }, signer));
    const reply = await askWitness(witness, known, known.checkpoint.size, []);
    switch (reply.tag) {
      case 'cosigned':
        this.#witnessed = known.checkpoint.size;
        return known.checkpoint.size;
      case 'elsewhere':
        return reply.size;
      case 'otherLog':
        throw new AuditStoreError('fork');
      case 'silent':
        return null;
    }
  }

  /**
   * The witness says that it knows more than there is: it is believed by its signature, or not at all.
   *
   * @returns the size to ask it with again, or null if it shows nothing
   */
  async #lookBehind(witness: WitnessClient, told: number): Promise<number | null> {
    const shown = await askLatest(witness, this.#ports.signer.key);
    // Another process of ours may have appended, and had it cosigned, since the head was read.
    const { size } = await this.#log.head();
    if (shown && shown.checkpoint.size > size) throw new AuditStoreError('rollback');
    if (shown) return shown.checkpoint.size;
    return told <= size ? told : null;
  }

  /** The witness isn't there. Once it was heard, the log's own signature stands; before, only it could know. */
  async #goOnAlone(head: Head, last: SignedCheckpoint | null): Promise<CheckpointOutcome> {
    if (this.#witnessed === null && !this.#isRemembered) return { tag: 'unsigned' };
    return { tag: 'unwitnessed', checkpoint: await this.#keep(await this.#sign(head, last), false) };
  }

  /** What is kept of the head with the witness's cosignature, whatever the database calls it. */
  async #cosigned(witness: WitnessClient, { size, root }: Head): Promise<SignedCheckpoint | null> {
    const kept = await this.#log.lastCheckpoint(true);
    const isOfHead = kept?.checkpoint.size === size && equal(kept.checkpoint.root, root);
    if (!isOfHead || !(await signedByLog(kept, this.#ports.signer.key))) return null;
    return (await cosignedAt(kept, witness.key)) === null ? null : kept;
  }

  async #sign(head: Head, last: SignedCheckpoint | null): Promise<SignedCheckpoint> {
    if (last?.checkpoint.size === head.size) return last;
    const { signer } = this.#ports;
    const signed = await signCheckpoint({ origin: signer.key.name, ...head }, signer);
    await this.#ports.copy?.(signed);
    return signed;
  }

  async #keep(signed: SignedCheckpoint, witnessed: boolean): Promise<SignedCheckpoint> {
    const { size, root } = signed.checkpoint;
    await this.#ports.memory?.store(signed, witnessed);
    this.#signed = { size, root };
    await keepCheckpoint(this.#ports.database, size, witnessed, formatNote(signed.note));
    return signed;
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
