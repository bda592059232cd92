import { type EntryDraft, formatVerifierKey, type ProvenEntry } from '@sotto/audit';
import { AuditStoreError, CoveredLog, type CoveredLogPorts } from '@sotto/audit/postgres';
import type { PlatformLogKeys } from '@sotto/protocol/platformLog';
import type { Database, Transaction } from '@sotto/service/postgres';

/**
 * Told of entries once they are in the log for good. It may not throw: nobody is there to hear of it.
 *
 * @param isDenied whether the policies refused it since it isn't theirs who asked
 */
export type RecordedListener = (entries: readonly EntryDraft[], isDenied: boolean) => void;

/** The platform's own log: acts of administration, and acts on what is known of patients. */
export class PlatformLog {
  readonly #database: Database;
  readonly #log: CoveredLog;
  readonly #listeners = new Set<RecordedListener>();
  /** Verifier keys of the log and of its witness. */
  readonly keys: PlatformLogKeys;

  constructor(ports: CoveredLogPorts & { readonly database: Database }) {
    this.#database = ports.database;
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
    for (const listener of this.#listeners) queueMicrotask(() => listener(entries, isDenied));
  }

  /**
   * Resolves once the entries are durable.
   *
   * @param isDenied what listeners are told
   * @returns the first's place
   * @throws AuditStoreError: nothing may be done
   */
  async record(entries: readonly EntryDraft[], isDenied = false): Promise<number> {
    const first = await this.#log.append(entries);
    this.#tell(entries, isDenied);
    return first;
  }

  /**
   * Does something and records it in one transaction, both or neither. The record is the last thing in it: whoever has the
   * log's sequencer waits for nothing else, so no two wait for each other.
   *
   * @param act answers with what came of it, and with what is to be recorded: nothing where nothing was done
   * @throws AuditStoreError if it can't be recorded: then nothing was done
   */
  async act<T>(act: (transaction: Transaction) => Promise<{ value: T; entries: readonly EntryDraft[] }>): Promise<T> {
    const { value, entries } = await this.#database.transaction(async (transaction) => {
      const done = await act(transaction);
      if (done.entries.length > 0) await this.#log.appendWithin(transaction, done.entries);
      return done;
    });
    if (entries.length > 0) this.#tell(entries, false);
    return value;
  }

  /** Signs and has cosigned what was recorded. @throws AuditStoreError `rollback` or `fork` */
  cover(): ReturnType<CoveredLog['cover']> {
    return this.#log.cover();
  }

  /**
   * Entries, each proven under one checkpoint that covers everything recorded before the call: cosigned, where the witness
   * is heard.
   *
   * @throws AuditStoreError `notCovered` while nothing can be signed, since the witness was never heard
   */
  async show(indexes: readonly number[]): Promise<ProvenEntry[]> {
    const tag = await this.#log.cover();
    if (tag === 'unsigned') throw new AuditStoreError('notCovered');
    return this.#log.proveAll(indexes, tag === 'witnessed');
  }
}
