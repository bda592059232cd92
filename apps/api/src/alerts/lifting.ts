import type { StaffId } from '@sotto/protocol/ids';
import type { IncidentId } from '@sotto/protocol/incidents';
import { and, desc, eq, gt, isNotNull } from 'drizzle-orm';
import { incidentTable } from '../incidentSchema.ts';
import type { AlertContext, IncidentContext } from './alertContext.ts';

/** An account that an officer has let go on. */
export interface Lift {
  readonly staff: StaffId;
  readonly at: Date;
}

/** Who was let go on since an instant, with when. */
export async function liftsSince(
  { database, clinicId }: Pick<AlertContext, 'database' | 'clinicId'>,
  since: Date,
): Promise<Lift[]> {
  const { staffId, liftedAt } = incidentTable;
  const rows = await database
    .select({ staff: staffId, at: liftedAt })
    .from(incidentTable)
    .where(and(eq(incidentTable.clinicId, clinicId), isNotNull(staffId), gt(liftedAt, since)));
  return rows.flatMap(({ staff, at }) => (staff === null || at === null ? [] : [{ staff, at }]));
}

/**
 * Calls off what is in mind for an account that the keystore doesn't hold up (any more): what was found before says nothing any more,
 * and the plan's clocks begin anew with what is found next.
 *
 * @param asOf when the keystore was asked: what it was told to hold up since isn't called off, nor what it is still to be told
 * @returns the newest of its incidents; null where nothing is called off
 */
export async function callOff(
  { database, clinicId, now }: Pick<IncidentContext, 'database' | 'clinicId' | 'now'>,
  staff: StaffId,
  asOf: Date,
): Promise<IncidentId | null> {
  const ofStaff = and(eq(incidentTable.clinicId, clinicId), eq(incidentTable.staffId, staff));
  const found = await database
    .select()
    .from(incidentTable)
    .where(ofStaff)
    .orderBy(desc(incidentTable.openedAt))
    .for('update');
  const wasContained = found.some(({ containedAt }) => containedAt !== null);
  const isContained = found.some(
    ({ containSince, containedAt }) => containSince !== null || (containedAt !== null && containedAt >= asOf),
  );
  const [newest] = found;
  if (newest === undefined || !wasContained || isContained) return null;
  await database
    .update(incidentTable)
    .set({ criticalAt: null, disableSince: null, disabledAt: null, containedAt: null, liftedAt: now() })
    .where(ofStaff);
  return newest.id;
}
