import type { StaffId } from '@sotto/protocol/ids';
import type { Incident, IncidentsView } from '@sotto/protocol/incidents';
import { maxIncidents } from '@sotto/protocol/incidents';
import { and, asc, desc, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import { incidentAlertTable, incidentStepTable, incidentTable } from '../incidentSchema.ts';
import { namePeople } from '../people.ts';
import type { RecordsContext } from '../relay.ts';

type Row = typeof incidentTable.$inferSelect;

function disablingOf({ disabledAt, disableSince }: Row): Incident['disabling'] {
  if (disabledAt !== null) return 'done';
  return disableSince === null ? 'none' : 'waiting';
}

/** Those that are open or not, the newest first by what was found that is critical. */
const readRows = (
  { database, clinicId }: Pick<RecordsContext, 'database' | 'clinicId'>,
  isOfKind: typeof isNull,
  most: number,
): Promise<Row[]> =>
  database
    .select()
    .from(incidentTable)
    .where(and(eq(incidentTable.clinicId, clinicId), isOfKind(incidentTable.closedAt)))
    .orderBy(desc(sql`coalesce(${incidentTable.criticalAt}, ${incidentTable.openedAt})`))
    .limit(most);

/** Incidents, open ones first, each with what was found and what was done; and whose openings are held up at present. */
export async function readIncidents(context: RecordsContext): Promise<IncidentsView> {
  const { database, keystore } = context;
  const rows = [
    ...(await readRows(context, isNull, maxIncidents.open)),
    ...(await readRows(context, isNotNull, maxIncidents.closed)),
  ];
  const ids = rows.map(({ id }) => id);
  const [alerts, steps, asked] = await Promise.all([
    database
      .select()
      .from(incidentAlertTable)
      .where(inArray(incidentAlertTable.incidentId, ids))
      .orderBy(asc(incidentAlertTable.at)),
    database.select().from(incidentStepTable).where(inArray(incidentStepTable.incidentId, ids)),
    keystore.containments(),
  ]);
  const standing = asked.tag === 'answered' ? asked.value.containments : [];
  const people = new Map(
    (
      await namePeople(context, [
        ...rows.flatMap(({ staffId }) => staffId ?? []),
        ...steps.flatMap(({ doneBy }) => doneBy ?? []),
        ...standing.flatMap(({ whom, by }) => [whom, ...(by === null ? [] : [by])]),
      ])
    ).map(({ id, name }) => [id as string, name]),
  );
  const personOf = (id: StaffId | null) => {
    const name = id === null ? undefined : people.get(id);
    return id === null || name === undefined ? null : { id, name };
  };
  return {
    incidents: rows.map((row) => ({
      ...{ id: row.id, about: personOf(row.staffId), disabling: disablingOf(row) },
      ...{ openedAt: row.openedAt.toISOString(), criticalAt: row.criticalAt?.toISOString() ?? null },
      alerts: alerts
        .filter(({ incidentId }) => incidentId === row.id)
        .map(({ rule, count, bound, at }) => ({ rule, count, limit: bound, at: at.toISOString() }))
        .slice(-500),
      steps: steps
        .filter(({ incidentId }) => incidentId === row.id)
        .map(({ step, doneAt, doneBy }) => ({ step, at: doneAt.toISOString(), by: personOf(doneBy) })),
    })),
    containments:
      asked.tag === 'answered'
        ? standing.map(({ whom, by, at }) => ({
            ...{ whom, at, name: people.get(whom) ?? null, by: personOf(by)?.name ?? null },
          }))
        : null,
  };
}
