import { sql } from 'drizzle-orm';
import type { LoggedContent } from '../exportLine.ts';
import type { ReadableDatabase } from './readableDatabase.ts';

/** An entry as it is stored, with the checkpoint that it is proven by. */
export interface CoveredEntry {
  readonly index: number;
  /** Null where none is stored. */
  readonly commitment: Uint8Array | null;
  /** Null where the entry was erased. */
  readonly content: LoggedContent | null;
  /** The smallest that covers it, a witnessed one if there is one; null if none does. */
  readonly checkpoint: { readonly size: number; readonly note: string } | null;
}

interface Row extends Record<string, unknown> {
  readonly index: string;
  readonly commitment: Buffer | null;
  readonly salt: Buffer | null;
  readonly canonical: Buffer | null;
  readonly size: string | null;
  readonly note: string | null;
}

/** Reads entries by their places, in one statement: those that are before the end of the log, in any order. */
export async function readCovered(database: ReadableDatabase, indexes: readonly number[]): Promise<CoveredEntry[]> {
  const { rows } = await database.execute<Row>(sql`
    SELECT wanted.index, e.salt, e.canonical, signed.size, signed.note,
      nullif(substr(batch.hashes, ((wanted.index - batch.start) * 32 + 1)::int, 32), '') AS commitment
    FROM unnest(${`{${indexes.join(',')}}`}::bigint[]) AS wanted (index)
    JOIN audit.sequencer head ON wanted.index < head.size
    LEFT JOIN LATERAL (
      SELECT c.start, c.hashes FROM audit.commitments c
      WHERE c.start BETWEEN wanted.index - 1023 AND wanted.index ORDER BY c.start DESC LIMIT 1
    ) AS batch ON true
    LEFT JOIN audit.entry e ON e.index = wanted.index
    LEFT JOIN LATERAL (
      -- Each by the key's own order: however many checkpoints there are, one or two rows are read.
      (SELECT k.size, k.note, 1 AS choice FROM audit.checkpoint k
       WHERE k.size > wanted.index AND k.witnessed ORDER BY k.size LIMIT 1)
      UNION ALL
      (SELECT k.size, k.note, 2 FROM audit.checkpoint k
       WHERE k.size > wanted.index AND NOT k.witnessed ORDER BY k.size LIMIT 1)
      ORDER BY choice LIMIT 1
    ) AS signed ON true`);
  return rows.map(({ index, commitment, salt, canonical, size, note }) => ({
    index: Number(index),
    commitment,
    content: salt && canonical ? { encoded: canonical, salt } : null,
    checkpoint: size === null || note === null ? null : { size: Number(size), note },
  }));
}
