import { cosignedAt, type EntryDraft, type NoteSigner, type ProvenEntry, type VerifierKey } from '@sotto/audit';
import {
  AuditLog,
  AuditStoreError,
  Checkpointer,
  type CheckpointMemory,
  LogReader,
  nodeTreeHasher,
  type WitnessClient,
} from '@sotto/audit/postgres';
import type { Database, Transaction } from '@sotto/service/postgres';
import { sql } from 'drizzle-orm';
import { copy } from '../bytes.ts';
import { DefectError, LogStopped, ReleaseStopped } from '../errors.ts';
import { gather } from '../gathering.ts';
import type { WriteOnce } from './writeOnce.ts';

export interface AccessLogPorts {
  readonly database: Database;
  readonly signer: NoteSigner;
  /** Null only where a person has decided to run without one. */
  readonly witness: WitnessClient | null;
  /** What was signed last, outside the database; null only where nobody could start without the witness. */
  readonly memory?: CheckpointMemory | null;
  readonly writeOnce?: WriteOnce | null;
  /** Cryptographically random bytes. */
  readonly random: (length: number) => Uint8Array;
}

/** How a covering checkpoint came out. */
export interface Coverage {
  readonly isWitnessed: boolean;
}

/** What can't be kept outside the database isn't given out. */
function stop(cause: unknown): never {
  throw cause instanceof LogStopped ? cause : new ReleaseStopped('unavailable', { cause });
}

/** The keystore's own log (packages/audit): what it appends is in it exactly if the caller's transaction commits. */
export class AccessLog {
  readonly #database: Database;
  readonly #log: AuditLog;
  readonly #reader: LogReader;
  readonly #checkpointer: Checkpointer;
  readonly #witness: VerifierKey | null;
  #running: Promise<Coverage> | null = null;
  #next: Promise<Coverage> | null = null;
  readonly #prove: (index: number) => Promise<ProvenEntry>;

  constructor({ database, signer, witness, memory = null, writeOnce = null, random }: AccessLogPorts) {
    this.#database = database;
    this.#log = new AuditLog(database, { hasher: nodeTreeHasher, random: (length) => copy(random(length)) });
    const reader = new LogReader(database, nodeTreeHasher);
    this.#reader = reader;
    this.#witness = witness?.key ?? null;
    this.#prove = gather((indexes: readonly number[]) => reader.proveEach(indexes));
    this.#checkpointer = new Checkpointer({
      ...{ database, hasher: nodeTreeHasher, signer, witness },
      ...(memory === null
        ? {}
        : {
            memory: {
              load: () => memory.load().catch(stop),
              store: (signed, isWitnessed) => memory.store(signed, isWitnessed).catch(stop),
            },
          }),
      ...(writeOnce === null ? {} : { copy: (signed) => writeOnce.keep(signed).catch(stop) }),
    });
  }

  /** Appends in the caller's transaction, next to each other. @param drafts at least one @returns the first's place */
  async append(transaction: Transaction, drafts: readonly EntryDraft[]): Promise<number> {
    const [first] = await this.#log.appendWithin(transaction, drafts);
    if (!first) throw new DefectError('nothing to append');
    return first.index;
  }

  /**
   * Signs and has witnessed a checkpoint over everything that was committed before the call. Callers that come while one
   * is being made share the next.
   *
   * @throws LogStopped if the log is behind or forked: nothing may be released
   * @throws ReleaseStopped `witnessGone` if the witness was never heard since the start, and nothing is remembered
   */
  async cover(): Promise<Coverage> {
    if (this.#running === null) return this.#run();
    this.#next ??= this.#running.then(
      () => this.#run(),
      () => this.#run(),
    );
    return this.#next;
  }

  #run(): Promise<Coverage> {
    this.#next = null;
    const running = this.#checkpoint().finally(() => {
      if (this.#running === running) this.#running = null;
    });
    this.#running = running;
    return running;
  }

  async #checkpoint(): Promise<Coverage> {
    try {
      const { tag } = await this.#checkpointer.checkpoint();
      // Only the witness knows whether this is an old backup, and it was never heard.
      if (tag === 'unsigned') throw new ReleaseStopped('witnessGone');
      return { isWitnessed: tag === 'witnessed' };
    } catch (fault) {
      if (fault instanceof AuditStoreError && (fault.code === 'rollback' || fault.code === 'fork')) {
        throw new LogStopped(fault.code);
      }
      throw fault;
    }
  }

  /** The entry with its inclusion proof under the smallest checkpoint that covers it, a witnessed one if there is one. */
  prove(index: number): Promise<ProvenEntry> {
    return this.#prove(index);
  }

  /** Several entries, each proven under the same checkpoint: the last witnessed one if it covers them. */
  async proveAll(indexes: readonly number[], { isWitnessed }: Coverage): Promise<ProvenEntry[]> {
    const last = await this.#reader.lastCheckpoint(isWitnessed);
    if (last === null) throw new LogStopped('damaged');
    return this.#reader.proveAll(indexes, last);
  }

  /**
   * Since when the witness hasn't been heard: when the first checkpoint was signed that no witnessed one covers. Null if
   * the last one was cosigned.
   */
  async unwitnessedSince(): Promise<Date | null> {
    const { rows } = await this.#database.execute<{ since: Date | null }>(sql`
      select min(made_at) as since from audit.checkpoint
       where size > coalesce((select max(size) from audit.checkpoint where witnessed), -1)`);
    const since = rows[0]?.since ?? null;
    return since === null ? null : new Date(since);
  }

  /** When the witness cosigned the last checkpoint, by its own clock; null if that doesn't cover the entry. */
  async witnessedAt(index: number): Promise<Date | null> {
    const last = await this.#reader.lastCheckpoint(true);
    if (this.#witness === null || last === null || last.checkpoint.size <= index) return null;
    const seconds = await cosignedAt(last, this.#witness);
    return seconds === null ? null : new Date(seconds * 1000);
  }

  /** All of it, for the verifier. */
  leaves() {
    return this.#reader.leaves();
  }

  checkpoints() {
    return this.#reader.checkpoints();
  }

  async size(): Promise<number> {
    return (await this.#reader.head()).size;
  }
}
