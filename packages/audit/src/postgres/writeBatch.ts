import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { concat } from '../bytes.ts';
import type { Batch } from './batch.ts';

/** What it takes to write a batch; it needn't be in a transaction. */
export type WritableDatabase = Pick<NodePgDatabase, 'execute'>;

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const integers = (all: readonly number[]) => sql`${`{${all.join(',')}}`}::bigint[]`;
const joined = (all: readonly Uint8Array[]) => sql.param(asBuffer(concat(...all)));

/**
 * Writes a batch in one statement: if the sequencer still stands where the batch begins, it is moved to the batch's
 * end and the entries are stored; otherwise nothing is. Two writers never make a fork.
 *
 * Bytes and words go as one parameter each, cut up by the database: the driver's arrays take twice as long.
 *
 * @returns whether it was written
 */
export async function writeBatch(database: WritableDatabase, batch: Batch): Promise<boolean> {
  const { from, to, drafts, entries, contents, ends, subtrees } = batch;
  const start = sql`${from.range.size}::bigint`;
  // None of them has a space in it.
  const words = (field: 'time' | 'actor' | 'patient' | 'action' | 'resource') =>
    sql`string_to_array(${drafts.map((draft) => draft[field] ?? '').join(' ')}::text, ' ')`;
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
        ${integers(subtrees.map(({ level }) => level))}::smallint[],
        ${integers(subtrees.map(({ index }) => index))}
      ) WITH ORDINALITY AS tree (level, index, at)
    )
    INSERT INTO audit.entry (index, salt, canonical, time, actor, patient, action, resource)
    SELECT
      ${start} + at - 1,
      substr(contents, begin::int + 1, 32),
      substr(contents, begin::int + 33, (stop - begin)::int - 32),
      time::timestamptz, actor, nullif(patient, ''), action, resource
    FROM swapped, (SELECT ${asBuffer(contents)}::bytea) AS batch (contents), unnest(
      ${integers([0, ...ends.slice(0, -1)])},
      ${integers(ends)},
      ${words('time')},
      ${words('actor')},
      ${words('patient')},
      ${words('action')},
      ${words('resource')}
    ) WITH ORDINALITY AS act (begin, stop, time, actor, patient, action, resource, at)`);
  return rowCount === entries.length;
}
