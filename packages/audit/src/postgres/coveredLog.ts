import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { cosignedAt, type SignedCheckpoint } from '../checkpoint.ts';
import type { EntryDraft } from '../entry.ts';
import type { ProvenEntry } from '../exportLine.ts';
import { nodeTreeHasher } from '../node/nodeTreeHasher.ts';
import type { VerifierKey } from '../note.ts';
import { AuditLog, type LogTransaction } from './auditLog.ts';
import { Checkpointer, type CheckpointerPorts, type CheckpointOutcome } from './checkpointer.ts';
import { AuditStoreError } from './errors.ts';
import { LogReader, type StoredLeaf } from './logReader.ts';

export interface CoveredLogPorts extends Omit<CheckpointerPorts, 'hasher'> {
  /** Cryptographically random bytes. */
  readonly random: (length: number) => Uint8Array;
}

/** How a checkpoint over everything came out; see `CheckpointOutcome`. */
export type CoverageTag = CheckpointOutcome['tag'];

/** A service's own log: what it appends, what it signs and has cosigned, and what it shows of it. */
export class CoveredLog {
  readonly #database: NodePgDatabase;
  readonly #log: AuditLog;
  readonly #reader: LogReader;
  readonly #checkpointer: Checkpointer;
  readonly #witness: VerifierKey | null;
  #running: Promise<CoverageTag> | null = null;
  #next: Promise<CoverageTag> | null = null;

  constructor({ random, ...ports }: CoveredLogPorts) {
    this.#database = ports.database;
    this.#log = new AuditLog(ports.database, { hasher: nodeTreeHasher, random });
    this.#reader = new LogReader(ports.database, nodeTreeHasher);
    this.#witness = ports.witness?.key ?? null;
    this.#checkpointer = new Checkpointer({ ...ports, hasher: nodeTreeHasher });
  }

  /** Appends durably, together with others that append at the same time. @returns the first's place */
  async append(drafts: readonly EntryDraft[]): Promise<number> {
    return firstOf(await this.#log.append(drafts));
  }

  /** Appends in the caller's transaction, next to each other, as the last that it does. @returns the first's place */
  async appendWithin(transaction: LogTransaction, drafts: readonly EntryDraft[]): Promise<number> {
    return firstOf(await this.#log.appendWithin(transaction, drafts));
  }

  /**
   * Signs and has witnessed a checkpoint over everything that was committed before the call. Callers that come while one
   * is being made share the next.
   *
   * @throws AuditStoreError `rollback` or `fork`: nothing may be shown as signed
   */
  async cover(): Promise<CoverageTag> {
    if (this.#running === null) return this.#run();
    this.#next ??= this.#running.then(
      () => this.#run(),
      () => this.#run(),
    );
    return this.#next;
  }

  #run(): Promise<CoverageTag> {
    this.#next = null;
    const running = this.#checkpointer
      .checkpoint()
      .then(({ tag }) => tag)
      .finally(() => {
        if (this.#running === running) this.#running = null;
      });
    this.#running = running;
    return running;
  }

  /** Each with its inclusion proof under the smallest checkpoint that covers it, a witnessed one if there is one. */
  proveEach(indexes: readonly number[]): Promise<ProvenEntry[]> {
    return this.#reader.proveEach(indexes);
  }

  /**
   * Several entries, each proven under the same checkpoint: the last one, or the last witnessed one.
   *
   * @throws AuditStoreError `notCovered` if that doesn't cover them
   */
  async proveAll(indexes: readonly number[], isWitnessed: boolean): Promise<ProvenEntry[]> {
    const last = await this.#reader.lastCheckpoint(isWitnessed);
    if (last === null) throw new AuditStoreError('notCovered');
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
  leaves(): AsyncGenerator<StoredLeaf> {
    return this.#reader.leaves();
  }

  /** As `LogReader.range`. */
  range(start: number, end: number): Promise<StoredLeaf[]> {
    return this.#reader.range(start, end);
  }

  checkpoints(): Promise<SignedCheckpoint[]> {
    return this.#reader.checkpoints();
  }

  async size(): Promise<number> {
    return (await this.#reader.head()).size;
  }
}

function firstOf(appended: readonly { readonly index: number }[]): number {
  const [first] = appended;
  if (first === undefined) throw new RangeError('nothing to append');
  return first.index;
}
