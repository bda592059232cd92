import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { concat } from '../bytes.ts';
import type { Batch } from './batch.ts';

/** What it takes to write a batch; it needn't be in a transaction. */
export type WritableDatabase = Pick<NodePgDatabase, 'execute'>;

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const joined = (all: readonly Uint8Array[]) => sql.param(asBuffer(concat(...all)));

/**
 * Writes a batch in one statement: if the sequencer still stands where the batch begins, it is moved to the batch's
 * end and the entries are stored; otherwise nothing is. Two writers never make a fork.
 *
 * Bytes go as one parameter, cut up by the database: as arrays they would go as text, and take twice as long.
 *
 * @returns whether it was written
 */
export async function writeBatch(database: WritableDatabase, batch: Batch): Promise<boolean> {
  const { from, to, entries, salts, canonicals, subtrees } = batch;
  const start = sql`${from.range.size}::bigint`;
  const column = <T>(pick: (place: number) => T) => sql.param(entries.map((_, place) => pick(place)));
  const text = (field: 'time' | 'actor' | 'patient' | 'action' | 'resource') =>
    column((place) => entries[place]?.entry[field] ?? null);
  const { rowCount } = await database.execute(sql`
    WITH swapped AS (
      UPDATE audit.sequencer
      SET size = ${to.range.size}, subtrees = ${joined(to.range.subtrees)}, root = ${asBuffer(to.root)}
      WHERE size = ${start} AND root = ${asBuffer(from.root)}
      RETURNING size
    ), committed AS (
      INSERT INTO audit.commitments (start, hashes)
      SELECT ${start}, ${joined(entries.map(({ commitment }) => commitment))}::bytea FROM swapped
    ), grown AS (
      INSERT INTO audit.subtree (level, index, hash)
      SELECT level, index, substr(${joined(subtrees.map(({ hash }) => hash))}::bytea, (at::int - 1) * 32 + 1, 32)
      FROM swapped, unnest(
        ${sql.param(subtrees.map(({ level }) => level))}::smallint[],
        ${sql.param(subtrees.map(({ index }) => index))}::bigint[]
      ) WITH ORDINALITY AS tree (level, index, at)
    )
    INSERT INTO audit.entry (index, salt, canonical, time, actor, patient, action, resource)
    SELECT
      ${start} + at - 1,
      substr(${joined(salts)}::bytea, (at::int - 1) * 32 + 1, 32),
      substr(${joined(canonicals)}::bytea, stop - length + 1, length),
      time, actor, patient, action, resource
    FROM swapped, unnest(
      ${column((place) => canonicals[place]?.length ?? 0)}::int[],
      ${sql.param(sums(canonicals.map(({ length }) => length)))}::int[],
      ${text('time')}::timestamptz[],
      ${text('actor')}::text[],
      ${text('patient')}::text[],
      ${text('action')}::text[],
      ${text('resource')}::text[]
    ) WITH ORDINALITY AS act (length, stop, time, actor, patient, action, resource, at)`);
  return rowCount === entries.length;
}

/** Each with all before it. */
function sums(lengths: readonly number[]): number[] {
  let sum = 0;
  return lengths.map((length) => {
    sum += length;
    return sum;
  });
}
