import { formatProvenEntry } from '@sotto/audit';
import type { EntriesAnswer, EntriesRequest } from '@sotto/protocol/keystoreRoutes';
import type { Database } from '@sotto/service/postgres';
import { type SQL, sql } from 'drizzle-orm';
import { DefectError } from '../errors.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { entryOf } from './entry.ts';

type About = EntriesRequest['about'];

/** Longest role that still fits an entry beside what says that the api vouches for it. */
export const maxReaderRole = 24;

/**
 * Reads the access log, newest first. The reading is logged and witnessed before anything is shown, and its own entry is
 * part of the answer. Who reads is what the api says (SPEC.md section 5).
 *
 * @throws LogStopped, ReleaseStopped or the driver's error: nothing was shown
 */
export async function readEntries(
  { database, log, now }: KeystoreContext,
  { reader, about, nonce, before, limit }: EntriesRequest,
): Promise<EntriesAnswer> {
  const read = await database.transaction((transaction) =>
    log.append(transaction, [
      entryOf(now(), {
        ...{ actor: reader.subject, role: `relayed:${reader.role}`, action: 'log.read', resource: resourceOf(about) },
        ...{ patient: about.of === 'patient' ? about.pseudonym : null, session: nonce },
      }),
    ]),
  );
  const coverage = await log.cover();
  const found = await findEntries(database, about, Math.min(before ?? read, read), limit + 1);
  const shown = found.slice(0, limit);
  const [reading, ...entries] = (await log.proveAll([read, ...shown], coverage)).map(formatProvenEntry);
  if (reading === undefined) throw new DefectError('a reading without its entry');
  return { reading, entries, next: found.length > limit ? (shown.at(-1) ?? null) : null };
}

function resourceOf(about: About): string {
  switch (about.of) {
    case 'patient':
      return `log:patient:${about.pseudonym}`;
    case 'actor':
      return `log:actor:${about.subject}`;
    case 'all':
      return 'log:all';
  }
}

/** Places of the entries, newest first: those of one who acted with another too. */
async function findEntries(database: Database, about: About, before: number, limit: number): Promise<number[]> {
  // Each by an index of its own, already in order: however long the log is, `limit` rows are read.
  const newest = (condition: SQL) =>
    sql`(select index from audit.entry where index < ${before} and ${condition} order by index desc limit ${limit})`;
  const { rows } = await database.execute<{ index: string }>(
    sql`select index from (${sql.join(conditionsOf(about).map(newest), sql` union all `)}) found
         order by index desc limit ${limit}`,
  );
  return rows.map(({ index }) => Number(index));
}

function conditionsOf(about: About): SQL[] {
  switch (about.of) {
    case 'patient':
      return [sql`patient = ${about.pseudonym}`];
    case 'actor':
      return [
        sql`actor = ${about.subject}`,
        sql`actor like '%+%' and split_part(actor, '+', 1) = ${about.subject}`,
        sql`actor like '%+%' and split_part(actor, '+', 2) = ${about.subject}`,
      ];
    case 'all':
      return [sql`true`];
  }
}
