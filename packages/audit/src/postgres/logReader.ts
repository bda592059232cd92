import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import { toBase64url, utf8 } from '../bytes.ts';
import { parseSignedCheckpoint, type SignedCheckpoint } from '../checkpoint.ts';
import { decodeEntry } from '../entry.ts';
import { erasureBy } from '../erasure.ts';
import { AuditFormatError, AuditUsageError } from '../errors.ts';
import type { LoggedLeaf, ProvenEntry } from '../exportLine.ts';
import { hashLength, type TreeHasher } from '../treeHasher.ts';
import { type LogState, splitHashes } from './batch.ts';
import { readCovered } from './coveredEntry.ts';
import { AuditStoreError } from './errors.ts';
import { ProofReader } from './proofReader.ts';
import type { ReadableDatabase } from './readableDatabase.ts';
import { checkpointTable, entryTable, sequencerTable } from './schema.ts';

/** What the database searches an entry by. */
export type Labels = Pick<typeof entryTable.$inferSelect, 'time' | 'actor' | 'patient' | 'action' | 'resource'>;

/** A leaf with what the database searches its entry by. */
export interface StoredLeaf extends LoggedLeaf {
  readonly labels: Labels | null;
}

/** A checkpoint as the database keeps it. */
export interface KeptCheckpoint {
  /** What it is found by. */
  readonly size: number;
  readonly witnessed: boolean;
  /** The signed note, as it was found. */
  readonly note: string;
  /** What that says; of a note that can't be read, a checkpoint that nobody signed. */
  readonly signed: SignedCheckpoint;
}

interface StateRow extends Record<string, unknown> {
  readonly size: string;
  readonly subtrees: Buffer;
  readonly root: Buffer;
  readonly signed: string | null;
  readonly note: string | null;
}

/** Times are told as the session has them set. */
interface EntryRow extends Record<string, unknown>, Labels {
  readonly index: string;
  readonly salt: Buffer;
  readonly canonical: Buffer;
}

const checkpointsAtOnce = 1000;

function readNote({ size, note }: Pick<KeptCheckpoint, 'size' | 'note'>): SignedCheckpoint {
  try {
    return parseSignedCheckpoint(utf8(note));
  } catch (error) {
    if (!(error instanceof AuditFormatError)) throw error;
    return { checkpoint: { origin: '', size, root: new Uint8Array(hashLength) }, note: { text: '', signatures: [] } };
  }
}

/** Reads the log in a PostgreSQL database. What it answers is as it was found: verifying it is the caller's part. */
export class LogReader {
  readonly #database: ReadableDatabase;
  readonly #proofs: ProofReader;

  constructor(database: ReadableDatabase, hasher: TreeHasher) {
    this.#database = database;
    this.#proofs = new ProofReader(database, hasher);
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
    return { index, commitment, content: row ? { encoded: row.canonical, salt: row.salt } : null };
  }

  /** The entry with its inclusion proof against the smallest kept checkpoint that covers it, witnessed if there is one. */
  async prove(index: number): Promise<ProvenEntry> {
    const [proven] = await this.proveEach([index]);
    if (!proven) throw new AuditStoreError('notFound');
    return proven;
  }

  /**
   * As `prove` of each, read together: of twenty entries it asks little more than of one.
   *
   * @throws AuditStoreError for all of them, if one is behind the end of the log (`notFound`) or not covered yet
   */
  async proveEach(indexes: readonly number[]): Promise<ProvenEntry[]> {
    if (indexes.some((index) => !Number.isSafeInteger(index) || index < 0)) throw new AuditStoreError('notFound');
    const rows = new Map((await readCovered(this.#database, indexes)).map((row) => [row.index, row]));
    const covered = indexes.map((index) => {
      const row = rows.get(index);
      if (!row) throw new AuditStoreError('notFound');
      const { commitment, content } = row;
      if (commitment?.length !== hashLength) throw new AuditStoreError('damaged');
      if (!row.checkpoint) throw new AuditStoreError('notCovered');
      const checkpoint = readNote(row.checkpoint);
      // Which size it is of, the note says, not the column.
      if (checkpoint.checkpoint.size <= index) throw new AuditStoreError('damaged');
      return { leaf: { index, commitment, content }, checkpoint };
    });
    const paths = await this.#proofs.inclusionsOf(
      covered.map(({ leaf: { index }, checkpoint }) => ({ index, size: checkpoint.checkpoint.size })),
    );
    return covered.map((one, place) => ({ ...one, proof: paths[place] ?? [] }));
  }

  /**
   * Several entries, each with its inclusion proof against the same checkpoint.
   *
   * @param indexes all below the checkpoint's size
   * @throws AuditStoreError `notCovered`
   */
  async proveAll(indexes: readonly number[], checkpoint: SignedCheckpoint): Promise<ProvenEntry[]> {
    const { size } = checkpoint.checkpoint;
    if (indexes.some((index) => index < 0 || index >= size)) throw new AuditStoreError('notCovered');
    const rows =
      indexes.length === 0
        ? []
        : await this.#database
            .select()
            .from(entryTable)
            .where(inArray(entryTable.index, [...indexes]));
    const entries = new Map(rows.map((row) => [row.index, row]));
    const proofs = await this.#proofs.inclusions(indexes, size);
    return proofs.map(({ index, commitment, path }) => {
      const row = entries.get(index);
      const content = row ? { encoded: row.canonical, salt: row.salt } : null;
      return { leaf: { index, commitment, content }, proof: path, checkpoint };
    });
  }

  /** Where the entry stands that says of another that it was erased; null if none does. */
  async erasureOf(index: number): Promise<number | null> {
    const { commitment } = await this.leaf(index);
    const rows = await this.#database
      .select()
      .from(entryTable)
      .where(and(eq(entryTable.action, 'audit.erase'), eq(entryTable.resource, `entry:${index}`)));
    const record = rows.find((row) => {
      const erasure = erasureBy(decodeEntry(row.canonical), row.index);
      return erasure?.index === index && erasure.commitment === toBase64url(commitment);
    });
    return record?.index ?? null;
  }

  /** Sibling hashes that lead from the entry to the root of the first `size` entries, nearest first. */
  inclusion(index: number, size: number): Promise<Uint8Array[]> {
    return this.#proofs.inclusion(index, size);
  }

  /** Shows that the first `newSize` entries begin with the first `oldSize`. */
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
    return row ? readNote(row) : null;
  }

  /** The sequencer's row and the last checkpoint that was signed, as one moment saw them. */
  async stateAndLast(): Promise<{ state: LogState; last: SignedCheckpoint | null }> {
    const { rows } = await this.#database.execute<StateRow>(sql`
      SELECT s.size, s.subtrees, s.root, last.size AS signed, last.note
      FROM audit.sequencer s LEFT JOIN LATERAL (
        SELECT k.size, k.note FROM audit.checkpoint k ORDER BY k.size DESC, k.witnessed DESC LIMIT 1
      ) AS last ON true`);
    const [row] = rows;
    if (!row) throw new AuditStoreError('notMigrated');
    const { signed, note } = row;
    return {
      state: { range: { size: Number(row.size), subtrees: splitHashes(row.subtrees) }, root: row.root },
      last: signed === null || note === null ? null : readNote({ size: Number(signed), note }),
    };
  }

  /** Every checkpoint that is kept, by size. What can't be read is there as one that nobody signed. */
  async checkpoints(): Promise<SignedCheckpoint[]> {
    const all: SignedCheckpoint[] = [];
    for await (const { signed } of this.keptCheckpoints()) all.push(signed);
    return all;
  }

  /** As `checkpoints`, a page at a time, with what the database calls each. */
  async *keptCheckpoints(): AsyncGenerator<KeptCheckpoint> {
    const { size, witnessed } = checkpointTable;
    let last: KeptCheckpoint | null = null;
    for (;;) {
      const rows = await this.#database
        .select()
        .from(checkpointTable)
        .where(last === null ? undefined : sql`(${size}, ${witnessed}) > (${last.size}, ${last.witnessed})`)
        .orderBy(size, witnessed)
        .limit(checkpointsAtOnce);
      for (const row of rows) {
        last = { size: row.size, witnessed: row.witnessed, note: row.note, signed: readNote(row) };
        yield last;
      }
      if (rows.length < checkpointsAtOnce) return;
    }
  }

  /**
   * The leaves from entry 0 to the head, read in pages. Places without a commitment are left out. While the leaves of
   * a page are taken the next one is being read: in a transaction nothing else should be asked meanwhile.
   *
   * @param pageSize leaves a page, at most 10,000
   */
  async *leaves(pageSize = 2000): AsyncGenerator<StoredLeaf> {
    if (pageSize < 1 || pageSize > 10_000) throw new AuditUsageError('page size');
    const { size } = await this.head();
    const read = (start: number): Promise<StoredLeaf[]> => {
      const page = this.#page(start, Math.min(start + pageSize, size));
      // Looked at in its turn; until then its failure is nobody's.
      page.catch(() => undefined);
      return page;
    };
    let next = read(0);
    try {
      for (let start = 0; start < size; ) {
        const page = await next;
        start += pageSize;
        // The head is believed no further than there are commitments.
        if (page.length === 0) start = (await this.#proofs.nextStart(start)) ?? size;
        next = read(start);
        yield* page;
      }
    } finally {
      // Whoever stops early may ask the same connection for something else.
      await Promise.allSettled([next]);
    }
  }

  /** Leaves from one place up to another: at most 10,000. What was erased has no content. */
  range(start: number, end: number): Promise<StoredLeaf[]> {
    if (end - start > 10_000) throw new AuditUsageError('page size');
    return this.#page(start, end);
  }

  async #page(start: number, end: number): Promise<StoredLeaf[]> {
    if (start >= end) return [];
    const found = await this.#proofs.commitmentsFound(start, end);
    // Not by the query builder, which would map each column of each row.
    const { rows } = await this.#database.execute<EntryRow>(sql`
      SELECT e.index, e.salt, e.canonical, e.time, e.actor, e.patient, e.action, e.resource
      FROM audit.entry e WHERE e.index >= ${start} AND e.index < ${end}`);
    const entries = new Map(rows.map((row) => [Number(row.index), row]));
    return found.map(({ index, commitment }) => {
      const row = entries.get(index);
      return {
        index,
        commitment,
        content: row ? { encoded: row.canonical, salt: row.salt } : null,
        labels: row ?? null,
      };
    });
  }
}
