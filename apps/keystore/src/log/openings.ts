import { patientId } from '@sotto/protocol/ids';
import { releaseActions } from '@sotto/protocol/keystore';
import { maxOpeningsRead, type Openings } from '@sotto/protocol/keystoreRoutes';
import type { Database } from '@sotto/service/postgres';
import { sql } from 'drizzle-orm';
import { readEntry } from './entry.ts';

/** How much of the log is looked through at a time. */
const span = 5_000;

/**
 * What others than the patient opened of a patient's, by the log itself, in its order.
 *
 * @param after place that was looked at last; undefined for whoever begins now, and is told of nothing before
 */
export async function readOpenings(database: Database, after: number | undefined): Promise<Openings> {
  const { rows: ends } = await database.execute<{ last: string | null }>(
    sql`select max(index) as last from audit.entry`,
  );
  const last = Number(ends[0]?.last ?? -1);
  if (after === undefined || after >= last) return { openings: [], undecodable: 0, through: last };
  // Places are given one after the other, each when the one before it is committed: none below the last is still to come.
  const through = Math.min(last, after + span);
  const { rows } = await database.execute<{ index: string; canonical: Buffer }>(sql`
    select index, canonical from audit.entry
     where index > ${after} and index <= ${through} and patient is not null and actor <> patient
       and action in (${releaseActions.open}, ${releaseActions.copy})
     order by index limit ${maxOpeningsRead}`);
  const entries = rows.map(({ index, canonical }) => ({ index, entry: readEntry(canonical) }));
  const undecodable = entries.filter(({ entry }) => entry === null).length;
  const openings = entries.flatMap(({ index, entry }) => {
    if (entry === null) return [];
    const { outcome, patient, purpose } = entry;
    const { data: pseudonym } = patientId.safeParse(patient);
    if (outcome !== 'allowed' || pseudonym === undefined) return [];
    return [{ index: Number(index), pseudonym, isBreakGlass: purpose?.includes(':') ?? false }];
  });
  const looked = rows.length < maxOpeningsRead ? through : Number(rows.at(-1)?.index ?? through);
  return { openings, undecodable, through: looked };
}
