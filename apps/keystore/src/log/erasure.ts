import type { Entry } from '@sotto/audit';
import { type SQL, sql } from 'drizzle-orm';
import { LogStopped } from '../errors.ts';
import { readEntry } from './entry.ts';

const erasure = 'audit.erase';

/**
 * Rows of the log, and with them one that says an entry was erased, if there is any: nobody may erase in this log, so what
 * was erased may be what took something away (SPEC.md section 7.1).
 *
 * @param rows selects `index`, `resource` and `canonical` of entries
 */
export const withErasure = (rows: SQL): SQL => sql`
  select * from (${rows}) wanted
  union all
  -- Words and order are those of its index (packages/audit), however long the log is.
  (select index, resource, canonical from audit.entry where action = ${sql.raw(`'${erasure}'`)} order by resource limit 1)
  order by index`;

/** Entries that were read by `withErasure`. @throws LogStopped `damaged` if one can't be read, or says that another was erased */
export function wholeEntry(canonical: Uint8Array): Entry {
  const entry = readEntry(canonical);
  if (entry === null || entry.action === erasure) throw new LogStopped('damaged');
  return entry;
}
