import { patientId, staffId } from '@sotto/protocol/ids';
import { releaseActions } from '@sotto/protocol/keystore';
import { type Accesses, type accessesQuery, maxAccessesRead } from '@sotto/protocol/keystoreRoutes';
import type { Database } from '@sotto/service/postgres';
import { sql } from 'drizzle-orm';
import type * as z from 'zod';
import { sha256, toBase64url, utf8 } from '../bytes.ts';
import { readEntry } from './entry.ts';

/** How much of the log is looked through at a time. */
const span = 5_000;

/** Where the log ends; -1 where it is empty. */
async function lastPlace(database: Database): Promise<number> {
  const { rows } = await database.execute<{ last: string | null }>(sql`select max(index) as last from audit.entry`);
  return Number(rows[0]?.last ?? -1);
}

/** The place before the first entry of a time; the log's end if there is none. */
async function placeBefore(database: Database, since: string, last: number): Promise<number> {
  const { rows } = await database.execute<{ first: string | null }>(
    sql`select min(index) as first from audit.entry where time >= ${since}::timestamptz`,
  );
  return Number(rows[0]?.first ?? last + 1) - 1;
}

/**
 * What was refused for these reasons was no try at what somebody may not: by what the log has of them. Our page asks without a second
 * signature first.
 */
const harmless = new Set(
  [
    ...['nonce', 'expired', 'unknownObject', 'restricted', 'contained:oneAtATime', 'contained:releases'],
    ...['contained:pace', 'contained:emergencies', 'denied:twoApprovers'],
  ].map((reason) => toBase64url(sha256(utf8(reason)))),
);

type Access = Accesses['accesses'][number];

/** Null for what no member of staff did. */
function accessOf(index: number, canonical: Uint8Array): Access | null {
  const entry = readEntry(canonical);
  if (entry === null || entry.role === 'patient') return null;
  if (entry.outcome !== 'allowed' && entry.before !== null && harmless.has(entry.before)) return null;
  // With an approver: `user+approver`.
  const { data: actor } = staffId.safeParse(entry.actor.split('+')[0]);
  if (actor === undefined) return null;
  const { patient, session, time, address, purpose, outcome } = entry;
  return {
    ...{ index, actor, pseudonym: patientId.safeParse(patient).data ?? null, request: session ?? '' },
    ...{ at: time, address, outcome: outcome === 'allowed' ? 'allowed' : 'refused' },
    isBreakGlass: purpose?.includes(':') ?? false,
  };
}

/** What members of staff opened and copied, or were refused, by the log itself, in its order. */
export async function readAccesses(database: Database, query: z.infer<typeof accessesQuery>): Promise<Accesses> {
  const last = await lastPlace(database);
  const after = 'after' in query ? query.after : await placeBefore(database, query.since, last);
  if (after >= last) return { accesses: [], through: last, isAll: true };
  // Places are given one after the other, each when the one before it is committed: none below the last is still to come.
  const through = Math.min(last, after + span);
  const { rows } = await database.execute<{ index: string; canonical: Buffer }>(sql`
    select index, canonical from audit.entry
     where index > ${after} and index <= ${through} and action in (${releaseActions.open}, ${releaseActions.copy})
       and actor <> 'unverified' and actor is distinct from patient
     order by index limit ${maxAccessesRead}`);
  const looked = rows.length < maxAccessesRead ? through : Number(rows.at(-1)?.index ?? through);
  return {
    accesses: rows.flatMap(({ index, canonical }) => accessOf(Number(index), canonical) ?? []),
    through: looked,
    isAll: looked === last,
  };
}
