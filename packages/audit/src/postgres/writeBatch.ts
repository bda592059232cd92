import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { concat } from '../bytes.ts';
import type { Batch } from './batch.ts';

/** What it takes to write; it needn't be in a transaction. */
export type WritableDatabase = Pick<NodePgDatabase, 'execute'>;

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const joined = (all: readonly Uint8Array[]) => sql.param(asBuffer(concat(...all)));
const list = (all: readonly number[]): string => `{${all.join(',')}}`;

/**
 * Writes a batch in one statement: if the sequencer still stands where the batch begins, it is moved to the batch's
 * end and the entries are stored; otherwise nothing is. Two writers never make a fork.
 *
 * @returns whether it was written
 */
export async function writeBatch(database: WritableDatabase, batch: Batch): Promise<boolean> {
  const { from, to, drafts, entries, contents, ends, subtrees } = batch;
  // None of them has a space in it.
  const words = (field: 'time' | 'actor' | 'patient' | 'action' | 'resource') =>
    sql`${drafts.map((draft) => draft[field] ?? '').join(' ')}::text`;
  const { rows } = await database.execute<{ isWritten: boolean }>(sql`
    SELECT audit.append(
      ${from.range.size}::bigint, ${asBuffer(from.root)}::bytea,
      ${joined(to.range.subtrees)}::bytea, ${asBuffer(to.root)}::bytea,
      ${joined(entries.map(({ commitment }) => commitment))}::bytea,
      ${list(subtrees.map(({ level }) => level))}::smallint[], ${list(subtrees.map(({ index }) => index))}::bigint[],
      ${joined(subtrees.map(({ hash }) => hash))}::bytea,
      ${asBuffer(contents)}::bytea, ${list(ends)}::int[],
      ${words('time')}, ${words('actor')}, ${words('patient')}, ${words('action')}, ${words('resource')}
    ) AS "isWritten"`);
  return rows[0]?.isWritten === true;
}

/** Keeps a signed checkpoint, unless there is one of that size and kind. */
export async function keepCheckpoint(
  database: WritableDatabase,
  size: number,
  witnessed: boolean,
  note: string,
): Promise<void> {
  await database.execute(sql`SELECT audit.keep_checkpoint(${size}::bigint, ${witnessed}, ${note})`);
}
