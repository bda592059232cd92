import { decodeEntry } from '@sotto/audit';
import type { Database } from '@sotto/service/postgres';
import { sql } from 'drizzle-orm';
import type { KeystoreContext } from '../keystoreContext.ts';
import { entryOf, systemActor } from '../log/entry.ts';

const dayMs = 24 * 60 * 60_000;
const action = 'recordings.look';

/**
 * What becomes of a look for recordings whose time is over (SPEC.md section 7).
 *
 * - `tooSoon`: the last one wasn't a day ago
 * - `waits`: this one is logged, and nothing may be shredded: it is the `first`; the last one wasn't a day or two ago but
 *   longer, or is yet to come (`gap`); the witness wasn't heard (`unwitnessed`), or tells another time (`witnessClock`)
 * - `agreed`: two looks and two clocks agree
 */
export type Look =
  | { readonly tag: 'tooSoon' }
  | { readonly tag: 'waits'; readonly reason: 'first' | 'gap' | 'unwitnessed' | 'witnessClock' }
  | {
      readonly tag: 'agreed';
      /** The earlier of what the two clocks say. */
      readonly at: Date;
      /** Place of its entry in the log. */
      readonly index: number;
    };

/** Logs a look, and says whether its time can be relied on. @throws what covering the log throws */
export async function look({ database, log, now }: KeystoreContext): Promise<Look> {
  const at = now();
  const last = await lastLook(database);
  const since = last === null ? null : at.getTime() - last.getTime();
  if (since !== null && Math.abs(since) < dayMs) return { tag: 'tooSoon' };
  const index = await database.transaction((transaction) =>
    log.append(transaction, [entryOf(at, { ...systemActor, action, resource: 'recordings' })]),
  );
  const { isWitnessed } = await log.cover();
  const witnessed = isWitnessed ? await log.witnessedAt(index) : null;
  if (witnessed === null) return { tag: 'waits', reason: 'unwitnessed' };
  if (Math.abs(witnessed.getTime() - at.getTime()) > 2 * dayMs) return { tag: 'waits', reason: 'witnessClock' };
  if (since === null) return { tag: 'waits', reason: 'first' };
  if (since < 0 || since > 2 * dayMs) return { tag: 'waits', reason: 'gap' };
  return { tag: 'agreed', at: witnessed < at ? witnessed : at, index };
}

/** When the last one was, by the clock of then: the last in the log, whatever time it says. */
async function lastLook(database: Database): Promise<Date | null> {
  const { rows } = await database.execute<{ canonical: Buffer }>(
    sql`select canonical from audit.entry where action = ${action} order by index desc limit 1`,
  );
  const [row] = rows;
  return row === undefined ? null : new Date(decodeEntry(row.canonical).time);
}
