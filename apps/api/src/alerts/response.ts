import type { StaffId } from '@sotto/protocol/ids';
import { accepted, refused } from '@sotto/protocol/result';
import { and, eq, isNotNull, or } from 'drizzle-orm';
import { disableSuspended, suspendAccount } from '../administration.ts';
import { incidentTable } from '../incidentSchema.ts';
import { visitTable } from '../schema.ts';
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
      .set({ containSince: null, containedAt: context.now() })
      // Not where another rule was broken meanwhile.
      .where(and(eq(incidentTable.id, id), eq(incidentTable.containSince, containSince)));
    const done = { incident: id, step: 'isolated' } as const;
    own.note({ action: 'incident:step', resource: stepResource(done) });
    return noteStep(own, { ...done, by: null });
  });
}

/**
 * Disables an account: its roles count no more, by which whoever is in a visit goes on with that and nothing else; its sessions end
 * once they are in none. Where too few would be left of a role, nothing is done: a person decides.
 */
async function disable(context: AlertContext, { id, staffId: staff, disableSince }: Incident): Promise<void> {
  if (staff === null || disableSince === null) return;
  const whom = { by: 'rules', staff } as const;
  const isStill = and(eq(incidentTable.id, id), eq(incidentTable.disableSince, disableSince));
  const isAtWork = await isInVisit(context, staff);
  await byRules(context, async (own) => {
    const [found] = await own.database.select().from(incidentTable).where(isStill).for('update');
    // An officer has let the account go on meanwhile.
    if (found === undefined) return refused('wrongState');
    return suspendAccount(own, whom);
  });
  if (isAtWork) return;
  await byRules(context, async (own) => {
    const isDisabled = (await disableSuspended(own, whom)).ok;
    await own.database
      .update(incidentTable)
      .set({ disableSince: null, ...(isDisabled ? { disabledAt: context.now() } : {}) })
      .where(isStill);
    return isDisabled ? accepted(undefined) : refused('wrongState');
  });
}

/** Does what is to be done by itself about incidents, also of one that a person has closed meanwhile. */
export async function respond(context: AlertContext): Promise<void> {
  const { clinicId, containSince, disableSince } = incidentTable;
  const due = await context.database
    .select()
    .from(incidentTable)
    .where(and(eq(clinicId, context.clinicId), or(isNotNull(containSince), isNotNull(disableSince))));
  for (const incident of due) {
    await contain(context, incident);
    await disable(context, incident);
  }
}
