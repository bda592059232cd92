import { and, asc, desc, eq, gte, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { toBase64url, utf8 } from '../bytes.ts';
import { parseSignedCheckpoint, type SignedCheckpoint } from '../checkpoint.ts';
import { decodeEntry, type EntryDraft } from '../entry.ts';
import { AuditUsageError } from '../errors.ts';
import type { LoggedContent, LoggedLeaf, ProvenEntry } from '../exportLine.ts';
import { type AppendedEntry, type AppendPorts, appendBatch, maxBatch } from './appendBatch.ts';
import { AuditStoreError } from './errors.ts';
import { ProofReader } from './proofReader.ts';
import { checkpointTable, entryTable, sequencerTable } from './schema.ts';

interface Waiting {
  readonly drafts: readonly EntryDraft[];
  readonly resolve: (entries: AppendedEntry[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The log in one PostgreSQL database. Appends that arrive while another is being written are written together in
 * the next transaction, so that many writers cost little more than one.
 */
export class AuditLog {
  readonly #database: NodePgDatabase;
  readonly #ports: AppendPorts;
  readonly #proofs: ProofReader;
  #queue: Waiting[] = [];
  #isWriting = false;

  constructor(database: NodePgDatabase, ports: AppendPorts) {
    this.#database = database;
    this.#ports = ports;
    this.#proofs = new ProofReader(database, ports.hasher);
  }

  /**
   * Resolves once the entries are durable, in the order given and next to each other. On any error none of them is
   * in the log, and what was to be recorded must not happen.
   *
   * @throws AuditFormatError, AuditStoreError, or the driver's error if the database can't be reached
   */
  append(drafts: readonly EntryDraft[]): Promise<AppendedEntry[]> {
    if (drafts.length > maxBatch) return Promise.reject(new AuditStoreError('batchTooLarge'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ drafts, resolve, reject });
      if (!this.#isWriting) void this.#write();
    });
  }

  /** As `append`, in the caller's own transaction: the act and its record are committed together or not at all. */
  appendWithin(
    transaction: Parameters<typeof appendBatch>[0],
    drafts: readonly EntryDraft[],
  ): Promise<AppendedEntry[]> {
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
        if (batch.length === 1) batch[0]?.reject(error);
        // One bad draft must not refuse its neighbours: each gets a transaction, and an answer, of its own.
        else for (const waiting of batch) await this.#writeAlone(waiting);
      }
    }
    this.#isWriting = false;
  }

  async #writeAlone({ drafts, resolve, reject }: Waiting): Promise<void> {
    try {
      resolve(await this.#database.transaction((transaction) => appendBatch(transaction, drafts, this.#ports)));
    } catch (error) {
      reject(error);
    }
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

  /** Number of entries, and the root over them: the sequencer's row. */
  async head(): Promise<{ size: number; root: Uint8Array }> {
    const [row] = await this.#database.select().from(sequencerTable);
    if (!row) throw new AuditStoreError('notMigrated');
    return { size: row.size, root: row.root };
  }

  /**
   * One place of the log. `content` is null where the entry was erased.
   *
   * @throws AuditStoreError `notFound` behind the end of the log
   */
  async leaf(index: number): Promise<LoggedLeaf> {
    const { size } = await this.head();
    if (!Number.isSafeInteger(index) || index < 0 || index >= size) throw new AuditStoreError('notFound');
    const [commitment] = await this.#proofs.commitments(index, 1);
    if (!commitment) throw new AuditStoreError('damaged');
    const [row] = await this.#database.select().from(entryTable).where(eq(entryTable.index, index));
    return { index, commitment, content: row ? contentOf(row) : null };
  }

  /** The entry with its inclusion proof against the smallest kept checkpoint that covers it, witnessed if there is one. */
  async prove(index: number): Promise<ProvenEntry> {
    const leaf = await this.leaf(index);
    const checkpoint = await this.#coveringCheckpoint(index);
    if (!checkpoint) throw new AuditStoreError('notCovered');
    return { leaf, proof: await this.#proofs.inclusion(index, checkpoint.checkpoint.size), checkpoint };
  }

  async #coveringCheckpoint(index: number): Promise<SignedCheckpoint | null> {
    const [row] = await this.#database
      .select()
      .from(checkpointTable)
      .where(gte(checkpointTable.size, index + 1))
      .orderBy(desc(checkpointTable.witnessed), asc(checkpointTable.size))
      .limit(1);
    return row ? parseSignedCheckpoint(utf8(row.note)) : null;
  }

  consistency(oldSize: number, newSize: number): Promise<Uint8Array[]> {
    return this.#proofs.consistency(oldSize, newSize);
  }

  /** The last checkpoint that was signed; with `witnessed`, the last that was cosigned. */
  async lastCheckpoint(witnessed = false): Promise<SignedCheckpoint | null> {
    const [row] = await this.#database
      .select()
      .from(checkpointTable)
      .where(witnessed ? eq(checkpointTable.witnessed, true) : undefined)
      .orderBy(desc(checkpointTable.size), desc(checkpointTable.witnessed))
      .limit(1);
    return row ? parseSignedCheckpoint(utf8(row.note)) : null;
  }

  /** Every checkpoint that is kept, by size. */
  async checkpoints(): Promise<SignedCheckpoint[]> {
    const rows = await this.#database.select().from(checkpointTable).orderBy(checkpointTable.size);
    return rows.map((row) => parseSignedCheckpoint(utf8(row.note)));
  }

  /**
   * All leaves from entry 0, as one moment saw them, read in pages.
   *
   * @param pageSize leaves a page, at most 10,000
   */
  async *leaves(pageSize = 2000): AsyncGenerator<LoggedLeaf> {
    if (pageSize < 1 || pageSize > 10_000) throw new AuditUsageError('page size');
    const { size } = await this.head();
    for (let start = 0; start < size; start += pageSize) {
      const length = Math.min(pageSize, size - start);
      const [commitments, rows] = await Promise.all([
        this.#proofs.commitments(start, length),
        this.#database
          .select()
          .from(entryTable)
          .where(and(gte(entryTable.index, start), sql`${entryTable.index} < ${start + length}`)),
      ]);
      const contents = new Map(rows.map((row) => [row.index, contentOf(row)]));
      for (const [i, commitment] of commitments.entries()) {
        yield { index: start + i, commitment, content: contents.get(start + i) ?? null };
      }
    }
  }

  /**
   * Erases an entry (SPEC.md section 6): logs the erasure, then deletes entry and salt. Needs a role that may.
   *
   * @param by who erases, as the entry about it will say; `action`, `resource`, `patient` and `before` are set here
   */
  async erase(
    index: number,
    by: Omit<EntryDraft, 'action' | 'resource' | 'patient' | 'before' | 'after'>,
  ): Promise<void> {
    const { commitment, content } = await this.leaf(index);
    if (!content || content.entry.action === 'audit.erase') throw new AuditStoreError('notFound');
    const record: EntryDraft = {
      ...by,
      action: 'audit.erase',
      resource: `entry:${index}`,
      patient: null,
      before: toBase64url(commitment),
      after: null,
    };
    const [logged] = await this.append([record]);
    if (!logged) throw new AuditStoreError('damaged');
    await this.#database.execute(sql`SELECT audit.erase(${index}::bigint, ${logged.index}::bigint)`);
  }
}

const contentOf = (row: { salt: Uint8Array; canonical: Uint8Array }): LoggedContent => ({
  entry: decodeEntry(row.canonical),
  encoded: row.canonical,
  salt: row.salt,
});
