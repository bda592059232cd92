import { type EntryDraft, formatVerifierKey, type ProvenEntry } from '@sotto/audit';
import { AuditStoreError, CoveredLog, type CoveredLogPorts } from '@sotto/audit/postgres';
import type { PlatformLogKeys } from '@sotto/protocol/platformLog';
import type { Database, Transaction } from '@sotto/service/postgres';
import { Turns } from './turns.ts';

/** Whether a fault says that the log isn't the one that was signed: it goes on only after a person has looked. */
export const isStopping = (fault: unknown): fault is AuditStoreError =>
  fault instanceof AuditStoreError && ['rollback', 'fork', 'damaged'].includes(fault.code);

/**
 * Told of entries once they are in the log for good. What it throws goes to `onListenerFault`: what is done stands.
 *
 * @param isDenied whether the policies refused it since it isn't theirs who asked
 */
export type RecordedListener = (entries: readonly EntryDraft[], isDenied: boolean) => void;

/** Each act holds a connection while it waits for the log's sequencer: fewer than the pool has. Two seconds' worth wait. */
const actTurns = { atOnce: 4, maxWaiting: 80 } as const;

export interface PlatformLogPorts extends CoveredLogPorts {
  readonly database: Database;
  /** Told what a listener threw. */
  readonly onListenerFault: (error: unknown) => void;
}

/** The platform's own log: acts of administration, and acts on what is known of patients. */
export class PlatformLog {
  readonly #database: Database;
  readonly #log: CoveredLog;
  readonly #listeners = new Set<RecordedListener>();
  readonly #turns = new Turns(actTurns);
  readonly #onListenerFault: PlatformLogPorts['onListenerFault'];
  /** Why nothing is recorded any more, and so nothing done; null while the log is the one that was signed. */
  #stopped: AuditStoreError | null = null;
  /** Verifier keys of the log and of its witness. */
  readonly keys: PlatformLogKeys;

  constructor(ports: PlatformLogPorts) {
    this.#database = ports.database;
    this.#onListenerFault = ports.onListenerFault;
    this.#log = new CoveredLog(ports);
    const { signer, witness } = ports;
    this.keys = {
      log: formatVerifierKey(signer.key),
      witness: witness === null ? null : formatVerifierKey(witness.key),
    };
  }

  /** Has somebody hear of every entry that this process records from now on. @returns what ends that */
  onRecorded(listener: RecordedListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(entries: readonly EntryDraft[], isDenied: boolean): void {
    // After what is done is answered, and never in its way.
    for (const listener of this.#listeners) {
      queueMicrotask(() => {
        try {
          listener(entries, isDenied);
        } catch (error) {
          this.#onListenerFault(error);
        }
      });
    }
  }

  #assertGoesOn(): void {
    if (this.#stopped !== null) throw this.#stopped;
  }

  /**
   * Resolves once the entries are durable.
   *
   * @param isDenied what listeners are told
   * @returns the first's place
   * @throws AuditStoreError: nothing may be done
   */
  async record(entries: readonly EntryDraft[], isDenied = false): Promise<number> {
    this.#assertGoesOn();
    const first = await this.#log.append(entries);
    this.#tell(entries, isDenied);
    return first;
  }

  /**
   * Does something and records it in one transaction, both or neither. The record is the last thing in it: whoever has the
   * log's sequencer waits for nothing else, so no two wait for each other.
   *
   * @param act answers with what came of it, and with what is to be recorded: nothing where nothing was done
   * @throws AuditStoreError if it can't be recorded: then nothing was done; `busy` if too many wait to act
   */
  async act<T>(act: (transaction: Transaction) => Promise<{ value: T; entries: readonly EntryDraft[] }>): Promise<T> {
    const { value, entries } = await this.#turns.take(() => {
      this.#assertGoesOn();
      return this.#database.transaction(async (transaction) => {
        const done = await act(transaction);
        if (done.entries.length > 0) await this.#log.appendWithin(transaction, done.entries);
        return done;
      });
    });
    if (entries.length > 0) this.#tell(entries, false);
    return value;
  }

  /**
   * Signs and has cosigned what was recorded. Once the log isn't the one that was signed, nothing is recorded any more.
   *
   * @throws AuditStoreError `rollback`, `fork` or `damaged`
   */
  async cover(): ReturnType<CoveredLog['cover']> {
    try {
      return await this.#log.cover();
    } catch (fault) {
      if (isStopping(fault)) this.#stopped = fault;
      throw fault;
    }
  }

  size(): Promise<number> {
    return this.#log.size();
  }

  /** As `LogReader.range`. */
  range(start: number, end: number): ReturnType<CoveredLog['range']> {
    return this.#log.range(start, end);
  }

  /** As `CoveredLog.unwitnessedSince`. */
  unwitnessedSince(): Promise<Date | null> {
    return this.#log.unwitnessedSince();
  }

  /**
   * Entries, each proven under one checkpoint that covers everything recorded before the call: cosigned, where the witness
   * is heard.
   *
   * @throws AuditStoreError `notCovered` while nothing can be signed, since the witness was never heard
   */
  async show(indexes: readonly number[]): Promise<ProvenEntry[]> {
    const tag = await this.cover();
    if (tag === 'unsigned') throw new AuditStoreError('notCovered');
    return this.#log.proveAll(indexes, tag === 'witnessed');
  }
}
