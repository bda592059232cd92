import { decodeEntry, formatProvenEntry, type ProvenEntry } from '@sotto/audit';
import { staffId } from '@sotto/protocol/ids';
import type { PlatformLogQuery, PlatformLogView } from '@sotto/protocol/platformLog';
import type { Database } from '@sotto/service/postgres';
import { type SQL, sql } from 'drizzle-orm';
import type { ClinicContext } from '../clinicContext.ts';
import { namePeople } from '../people.ts';
import type { PlatformLog } from './platformLog.ts';

/** How many places are looked through at once for what no index finds. */
const span = 50_000;

/** What is looked for: fields that an index finds are asked for first. */
function conditionsOf({ actor, patient, action, outcome, from, to }: PlatformLogQuery): SQL[] {
  // Outcome stands in what was hashed alone, by the one spelling that it has there.
  const said = `%","outcome":"${outcome ?? ''}","patient":%`;
  return [
    ...(actor === undefined ? [] : [sql`actor = ${actor}`]),
    ...(patient === undefined ? [] : [sql`patient = ${patient}`]),
    ...(action === undefined ? [] : [sql`(action = ${action} or starts_with(action, ${`${action}:`}))`]),
    ...(from === undefined ? [] : [sql`time >= ${from}::timestamptz`]),
    ...(to === undefined ? [] : [sql`time < ${to}::timestamptz`]),
    ...(outcome === undefined ? [] : [sql`convert_from(canonical, 'UTF8') like ${said}`]),
  ];
}

const isFoundByIndex = ({ actor, patient }: PlatformLogQuery): boolean => actor !== undefined || patient !== undefined;

/** Places of entries before one, newest first, and where to look on; null when nothing is older. */
async function findEntries(
  database: Database,
  query: PlatformLogQuery,
  before: number,
): Promise<{ found: number[]; next: number | null }> {
  const { limit } = query;
  const floor = isFoundByIndex(query) ? 0 : Math.max(0, before - span);
  const conditions = [sql`index < ${before}`, sql`index >= ${floor}`, ...conditionsOf(query)];
  const { rows } = await database.execute<{ index: string }>(sql`
    select index from audit.entry where ${sql.join(conditions, sql` and `)} order by index desc limit ${limit + 1}`);
  const found = rows.slice(0, limit).map(({ index }) => Number(index));
  if (rows.length > limit) return { found, next: found.at(-1) ?? null };
  return { found, next: floor > 0 ? floor : null };
}

/** What was asked for, as the entry of the reading says. */
export function resourceOf({ actor, patient }: Pick<PlatformLogQuery, 'actor' | 'patient'>): string {
  const who = [
    ...(actor === undefined ? [] : [`actor:${actor}`]),
    ...(patient === undefined ? [] : [`patient:${patient}`]),
  ];
  return `log:platform:${who.join('/') || 'all'}`;
}

/** Members of staff whom entries speak of. */
function peopleIn(proven: readonly ProvenEntry[]): string[] {
  return proven.flatMap(({ leaf: { content } }) => {
    if (content === null) return [];
    const { actor, resource } = decodeEntry(content.encoded);
    return [actor, ...resource.split(/[:/]/)].filter((text) => staffId.safeParse(text).success);
  });
}

/**
 * Reads the log, newest first. The reading is in it and signed before anything is shown, and its own entry is part of the
 * answer.
 *
 * @param read place of the reading's own entry
 * @throws AuditStoreError: nothing was shown
 */
export async function readPlatformLog(
  context: ClinicContext,
  log: PlatformLog,
  query: PlatformLogQuery,
  read: number,
): Promise<PlatformLogView> {
  const { found, next } = await findEntries(context.database, query, Math.min(query.before ?? read, read));
  const [own, ...entries] = await log.show([read, ...found]);
  if (own === undefined) throw new RangeError('a reading without its entry');
  return {
    reading: formatProvenEntry(own),
    entries: entries.map(formatProvenEntry),
    next,
    people: await namePeople(context, peopleIn([own, ...entries])),
  };
}
