import type { IncidentId } from '@sotto/protocol/incidents';
import { and, asc, eq } from 'drizzle-orm';
import type { ClinicContext } from '../clinicContext.ts';
import { incidentAlertTable, incidentMessageTable, incidentStepTable, incidentTable } from '../incidentSchema.ts';

/** What the clinic's database has of an incident, row by row, people by their ids; null where there is no such incident. */
export async function incidentEvidence(
  { database, clinicId }: Pick<ClinicContext, 'database' | 'clinicId'>,
  id: IncidentId,
) {
  const [incident] = await database
    .select()
    .from(incidentTable)
    .where(and(eq(incidentTable.id, id), eq(incidentTable.clinicId, clinicId)));
  if (incident === undefined) return null;
  const [alerts, steps, messages] = await Promise.all([
    database
      .select()
      .from(incidentAlertTable)
      .where(eq(incidentAlertTable.incidentId, id))
      .orderBy(asc(incidentAlertTable.at)),
    database
      .select()
      .from(incidentStepTable)
      .where(eq(incidentStepTable.incidentId, id))
      .orderBy(asc(incidentStepTable.doneAt)),
    database.select().from(incidentMessageTable).where(eq(incidentMessageTable.incidentId, id)),
  ]);
  return { incident, alerts, steps, messages };
}
