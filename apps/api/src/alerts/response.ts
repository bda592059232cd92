import type { StaffId } from '@sotto/protocol/ids';
import { and, eq, isNotNull, isNull, or } from 'drizzle-orm';
import { rolesHeld } from '../access/roleAssignment.ts';
import { disableAccount, endStaffRole } from '../administration.ts';
import { incidentTable, visitTable } from '../schema.ts';
import { isLive } from '../visitRecord.ts';
import type { AlertContext } from './alertContext.ts';
import { byRules } from './byRules.ts';
import { noteStep, stepResource } from './incidents.ts';

type Incident = typeof incidentTable.$inferSelect;

/** Whether somebody hosts a visit that goes on now. */
async function isInVisit({ database, clinicId, now }: AlertContext, staff: StaffId): Promise<boolean> {
  const visits = await database
    .select({ status: visitTable.status, startsAt: visitTable.startsAt })
    .from(visitTable)
    .where(and(eq(visitTable.clinicId, clinicId), eq(visitTable.clinicianId, staff), eq(visitTable.status, 'open')));
  return visits.some((visit) => isLive(visit, now()));
}

/** Has the keystore hold up an account's openings. What it can't be asked now it is asked the next time. */
async function contain(context: AlertContext, { id, staffId: staff, containSince }: Incident): Promise<void> {
  if (staff === null || containSince === null) return;
  const asked = await context.keystore.contain(staff);
  if (asked.tag !== 'answered') return;
  await byRules(context, async (own) => {
    await own.database
      .update(incidentTable)
      .set({ containSince: null })
      // Not where another rule was broken meanwhile.
      .where(and(eq(incidentTable.id, id), eq(incidentTable.containSince, containSince)));
    const done = { incident: id, step: 'isolated' } as const;
    own.note({ action: 'incident:step', resource: stepResource(done) });
    return noteStep(own, { ...done, by: null });
  });
}

/**
 * Disables an account. Whoever is in a visit keeps it, and nothing else: their roles end, by which the policies let them do only
 * what the visit takes; the account follows when that is over. Where too few would be left of a role, nothing is done: a
 * person decides.
 */
async function disable(context: AlertContext, { id, staffId: staff, disableSince }: Incident): Promise<void> {
  if (staff === null || disableSince === null) return;
  const whom = { by: 'rules', staff } as const;
  if (await isInVisit(context, staff)) {
    for (const role of await rolesHeld(context, staff)) await byRules(context, (own) => endStaffRole(own, whom, role));
    return;
  }
  await byRules(context, async (own) => {
    const disabled = await disableAccount(own, whom);
    await own.database
      .update(incidentTable)
      .set({ disableSince: null, ...(disabled.ok ? { disabledAt: context.now() } : {}) })
      .where(eq(incidentTable.id, id));
    return disabled;
  });
}

/** Does what is to be done by itself about the incidents that are open. */
export async function respond(context: AlertContext): Promise<void> {
  const { clinicId, containSince, disableSince, closedAt } = incidentTable;
  const due = await context.database
    .select()
    .from(incidentTable)
    .where(and(eq(clinicId, context.clinicId), isNull(closedAt), or(isNotNull(containSince), isNotNull(disableSince))));
  for (const incident of due) {
    await contain(context, incident);
    await disable(context, incident);
  }
}
