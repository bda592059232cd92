import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { toBase64url } from '../bytes.ts';
import { checkDraft, decodeEntry, type EntryDraft } from '../entry.ts';
import { type AppendedEntry, type AppendPorts, appendBatch, type LogTransaction, maxBatch } from './appendBatch.ts';
import { AuditStoreError } from './errors.ts';
import { LogReader } from './logReader.ts';

interface Waiting {
  readonly drafts: readonly EntryDraft[];
  readonly resolve: (entries: AppendedEntry[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes the log in a PostgreSQL database. Appends that arrive while another is being written are written together in
 * the next transaction, so that many writers cost little more than one.
 */
export class AuditLog {
  readonly #database: NodePgDatabase;
  readonly #ports: AppendPorts;
  #queue: Waiting[] = [];
  #isWriting = false;

  constructor(database: NodePgDatabase, ports: AppendPorts) {
    this.#database = database;
    this.#ports = ports;
  }

  /**
   * Resolves once the entries are durable, in the order given and next to each other. On any error none of them is
   * in the log, and what was to be recorded must not happen.
   *
   * @throws AuditFormatError, AuditStoreError, or the driver's error if the database can't be reached
   */
  async append(drafts: readonly EntryDraft[]): Promise<AppendedEntry[]> {
    if (drafts.length > maxBatch) throw new AuditStoreError('batchTooLarge');
    // Now, and not with the neighbours: one bad draft must not refuse theirs.
    for (const draft of drafts) checkDraft(draft);
    return new Promise((resolve, reject) => {
      this.#queue.push({ drafts, resolve, reject });
      if (!this.#isWriting) void this.#write();
    });
  }

  /**
   * As `append`, in the caller's own transaction: the act and its record are committed together or not at all. Others
   * that append wait until it ends, so let this be the last that it does.
   */
  async appendWithin(transaction: LogTransaction, drafts: readonly EntryDraft[]): Promise<AppendedEntry[]> {
    for (const draft of drafts) checkDraft(draft);
    return appendBatch(transaction, drafts, this.#ports);
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    for (let batch = this.#takeBatch(); batch.length > 0; batch = this.#takeBatch()) {
      const drafts = batch.flatMap((waiting) => waiting.drafts);
      try {
        const appended = await this.#database.transaction((transaction) =>
          appendBatch(transaction, drafts, this.#ports),
        );
        let taken = 0;
        for (const { drafts: own, resolve } of batch) {
          resolve(appended.slice(taken, taken + own.length));
          taken += own.length;
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
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
    return this.#queue.splice(0, taken);
  }

  /**
   * Erases an entry (SPEC.md section 6): logs the erasure and deletes entry and salt, both or neither. Needs a role
   * that may.
   *
   * @param by who erases, as the entry about it will say; the rest is set here
   */
  async erase(
    index: number,
    by: Omit<EntryDraft, 'action' | 'resource' | 'patient' | 'before' | 'after' | 'outcome'>,
  ): Promise<void> {
    const { commitment, content } = await new LogReader(this.#database, this.#ports.hasher).leaf(index);
    if (!content || decodeEntry(content.encoded).action === 'audit.erase') throw new AuditStoreError('notFound');
    const record: EntryDraft = {
      ...by,
      action: 'audit.erase',
      resource: `entry:${index}`,
      patient: null,
      before: toBase64url(commitment),
      after: null,
      outcome: 'allowed',
    };
    await this.#database.transaction(async (transaction) => {
      await this.appendWithin(transaction, [record]);
      await transaction.execute(sql`SELECT audit.erase(${index}::bigint)`);
    });
  }
}
