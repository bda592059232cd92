import { setImmediate } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { toBase64url } from '../bytes.ts';
import { decodeEntry, type EntryDraft, spellDraft } from '../entry.ts';
import { AuditFormatError } from '../errors.ts';
import type { PatientHead } from '../patientChain.ts';
import {
  type AppendedEntry,
  type AppendPorts,
  type Batch,
  type CheckedDraft,
  type LogState,
  maxBatch,
  prepareBatch,
} from './batch.ts';
import { AuditStoreError, withoutContent } from './errors.ts';
import { LogReader } from './logReader.ts';
import { holdState, patientsOf, readHeads } from './logState.ts';
import { writeBatch } from './writeBatch.ts';

/** What is logged of an erasure, and of nothing else. */
const erasure = 'audit.erase';

/** A transaction of the caller's. */
export type LogTransaction = Pick<NodePgDatabase, 'select' | 'execute'>;

interface Waiting {
  readonly drafts: readonly CheckedDraft[];
  readonly resolve: (entries: AppendedEntry[]) => void;
  readonly reject: (error: unknown) => void;
}

/** What this process knows of the log: the sequencer's row, and the patients whose last entries it has seen. */
interface Known {
  readonly state: LogState;
  readonly heads: Map<string, PatientHead>;
}

/** Entries that wait at once, a few kB each: behind a database that hangs they would be without end. */
const maxQueued = 65_536;
/** Patients who are remembered at once, 150 bytes each. */
const maxKnownPatients = 50_000;

/**
 * Writes the log in a PostgreSQL database. Appends that arrive while another is being written are written together
 * next, so that many writers cost little more than one; and they are prepared meanwhile, from what the log will be if
 * the one before them is written.
 */
export class AuditLog {
  readonly #database: NodePgDatabase;
  readonly #ports: AppendPorts;
  #queue: Waiting[] = [];
  /** Entries in the queue. */
  #queued = 0;
  #isWriting = false;
  /** Null where it must be read anew. */
  #known: Known | null = null;

  constructor(database: NodePgDatabase, ports: AppendPorts) {
    this.#database = database;
    this.#ports = ports;
  }

  /**
   * Resolves once the entries are durable, in the order given and next to each other. On any error none of them is
   * in the log (or, if the connection was lost at the last moment, the caller must take it so), and what was to be
   * recorded must not happen. `audit.erase` is recorded by `erase` alone.
   *
   * @throws AuditFormatError, or AuditStoreError without content: `unavailable` with an SQLSTATE or the connection's
   *   fault as its cause, `busy` if too many wait
   */
  async append(drafts: readonly EntryDraft[]): Promise<AppendedEntry[]> {
    const checked = check(drafts);
    if (checked.length === 0) return [];
    if (this.#queued + checked.length > maxQueued) throw new AuditStoreError('busy');
    return new Promise((resolve, reject) => {
      this.#queue.push({ drafts: checked, resolve, reject });
      this.#queued += drafts.length;
      if (!this.#isWriting) void this.#write();
    });
  }

  /**
   * As `append`, in the caller's own transaction: the act and its record are committed together or not at all. Others
   * that append wait until it ends, so let this be the last that it does.
   *
   * @throws also AuditStoreError `conflict` if the handle isn't in a transaction and somebody was faster
   */
  async appendWithin(transaction: LogTransaction, drafts: readonly EntryDraft[]): Promise<AppendedEntry[]> {
    return this.#appendChecked(transaction, check(drafts));
  }

  async #appendChecked(transaction: LogTransaction, checked: readonly CheckedDraft[]): Promise<AppendedEntry[]> {
    if (checked.length === 0) return [];
    try {
      return [...(await this.#appendLocked(transaction, new Map(), checked)).entries];
    } catch (error) {
      throw withoutContent(error);
    }
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    let writing: Promise<void> = Promise.resolve();
    for (;;) {
      if (this.#queued < maxBatch) {
        await writing;
        // Those who were just answered may have more: few entries at a time cost as much as many.
        await setImmediate();
        if (this.#queue.length === 0) break;
      }
      const waiting = this.#takeBatch();
      const drafts = waiting.flatMap((one) => one.drafts);
      // While the batch before is being written. If that fails, what was known then isn't any more.
      const known = this.#known;
      const prepared = known && (await this.#prepare(known, drafts));
      await writing;
      const isCurrent = known !== null && this.#known === known;
      if (prepared && isCurrent) this.#known = { state: prepared.to, heads: known.heads };
      writing = this.#settle(waiting, drafts, isCurrent ? prepared : null);
    }
    this.#isWriting = false;
  }

  #takeBatch(): Waiting[] {
    let count = 0;
    let taken = 0;
    for (const { drafts } of this.#queue) {
      if (count + drafts.length > maxBatch) break;
      count += drafts.length;
      taken += 1;
    }
    this.#queued -= count;
    return this.#queue.splice(0, taken);
  }

  /** Null if it can't be told from what is known. */
  async #prepare({ state, heads }: Known, drafts: readonly CheckedDraft[]): Promise<Batch | null> {
    try {
      const read = await readHeads(this.#database, patientsOf(drafts, heads), this.#ports.hasher);
      for (const [patient, head] of read) heads.set(patient, head);
      return prepareBatch(state, heads, drafts, this.#ports);
    } catch {
      // It is tried once more where its failure is somebody's answer.
      this.#known = null;
      return null;
    }
  }

  /** Writes a batch and answers those who wait for it. */
  async #settle(waiting: readonly Waiting[], drafts: readonly CheckedDraft[], prepared: Batch | null): Promise<void> {
    try {
      const isWritten = prepared !== null && (await writeBatch(this.#database, prepared));
      const { entries } = isWritten ? prepared : await this.#writeLocked(drafts);
      let taken = 0;
      for (const { drafts: own, resolve } of waiting) {
        resolve(entries.slice(taken, taken + own.length));
        taken += own.length;
      }
      if ((this.#known?.heads.size ?? 0) > maxKnownPatients) this.#known = null;
    } catch (error) {
      this.#known = null;
      const fault = withoutContent(error);
      for (const { reject } of waiting) reject(fault);
    }
  }

  /** When nothing is known yet, or another process was faster: while the sequencer is held, nobody is. */
  async #writeLocked(drafts: readonly CheckedDraft[]): Promise<Batch> {
    this.#known = null;
    const heads = new Map<string, PatientHead>();
    const batch = await this.#database.transaction((transaction) => this.#appendLocked(transaction, heads, drafts));
    this.#known = { state: batch.to, heads };
    return batch;
  }

  async #appendLocked(
    transaction: LogTransaction,
    heads: Map<string, PatientHead>,
    drafts: readonly CheckedDraft[],
  ): Promise<Batch> {
    const state = await holdState(transaction);
    const read = await readHeads(transaction, patientsOf(drafts, heads), this.#ports.hasher);
    for (const [patient, head] of read) heads.set(patient, head);
    const batch = prepareBatch(state, heads, drafts, this.#ports);
    if (!(await writeBatch(transaction, batch))) throw new AuditStoreError('conflict');
    return batch;
  }

  /**
   * Erases an entry (SPEC.md section 6): logs the erasure and deletes entry and salt, both or neither. Needs a role
   * that may.
   *
   * @throws AuditStoreError `notFound` if there is no such entry, or it is itself about an erasure, or somebody erases
   *   it at this moment; `unavailable` if what is there isn't what was logged: that stays, as evidence
   *
   * @param by who erases, as the entry about it will say; the rest is set here
   */
  async erase(
    index: number,
    by: Omit<EntryDraft, 'action' | 'resource' | 'patient' | 'before' | 'after' | 'outcome'>,
  ): Promise<void> {
    const { commitment, content } = await new LogReader(this.#database, this.#ports.hasher).leaf(index);
    if (!content || decodeEntry(content.encoded).action === erasure) throw new AuditStoreError('notFound');
    const record: EntryDraft = {
      ...by,
      action: erasure,
      resource: `entry:${index}`,
      patient: null,
      before: toBase64url(commitment),
      after: null,
      outcome: 'allowed',
    };
    const checked = [{ draft: record, spelling: spellDraft(record) }];
    try {
      await this.#database.transaction(async (transaction) => {
        await this.#appendChecked(transaction, checked);
        await transaction.execute(sql`SELECT audit.erase(${index}::bigint)`);
      });
    } catch (error) {
      throw withoutContent(error);
    }
  }
}

/** Before they are among others': one bad draft must not refuse its neighbours. */
function check(drafts: readonly EntryDraft[]): CheckedDraft[] {
  if (drafts.length > maxBatch) throw new AuditStoreError('batchTooLarge');
  // A record of an erasure that didn't happen would make an entry's disappearance look in order.
  if (drafts.some(({ action }) => action === erasure)) throw new AuditFormatError('entry', 'an erasure of its own');
  return drafts.map((draft) => ({ draft, spelling: spellDraft(draft) }));
}
