import { type Alert, isConfirmed, rules } from '@sotto/alerts';
import { type StaffId, staffId } from '@sotto/protocol/ids';
import { type IncidentId, type IncidentStep, incidentId } from '@sotto/protocol/incidents';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import { refusalToLose } from '../administration.ts';
import { incidentAlertTable, incidentStepTable, incidentTable, watchedAccessesTable } from '../incidentSchema.ts';
import { newId } from '../opaqueToken.ts';
import { staffTable } from '../schema.ts';
import type { AlertContext, IncidentContext } from './alertContext.ts';
import { tellIncident } from './alertMessages.ts';
import { byRules, type RulesContext } from './byRules.ts';

type Incident = typeof incidentTable.$inferSelect;

/** Up to where the keystore's log was looked through; null before the first time. */
export async function watchedThrough({
  database,
  clinicId,
}: Pick<AlertContext, 'clinicId' | 'database'>): Promise<number | null> {
  const [row] = await database.select().from(watchedAccessesTable).where(eq(watchedAccessesTable.clinicId, clinicId));
  return row?.through ?? null;
}

/** The account of whom an alert is; null for one that the clinic's records don't have. */
async function accountOf({ database, clinicId }: IncidentContext, actor: string): Promise<StaffId | null> {
  const { data: id } = staffId.safeParse(actor);
  if (id === undefined) return null;
  const isOurs = and(eq(staffTable.id, id), eq(staffTable.clinicId, clinicId));
  const [account] = await database.select({ id: staffTable.id }).from(staffTable).where(isOurs);
  return account?.id ?? null;
}

/** How entries name an incident. */
export const incidentResource = (id: IncidentId): string => `incident:${id}`;

/** Opens one about an account, or about none; null where one is open about it. */
async function begin({ database, clinicId, now }: IncidentContext, staff: StaffId | null): Promise<Incident | null> {
  const [made] = await database
    .insert(incidentTable)
    .values({ id: newId(incidentId), clinicId, staffId: staff, openedAt: now() })
    .onConflictDoNothing()
    .returning();
  return made ?? null;
}

/** The one that is open about an account, opened if there is none. */
async function incidentAbout(context: RulesContext, staff: StaffId | null): Promise<Incident> {
  const made = await begin(context, staff);
  if (made !== null) {
    context.note({ action: 'incident:open', resource: incidentResource(made.id) });
    return made;
  }
  if (staff === null) throw new Error('No incident was opened.');
  const isOpen = and(eq(incidentTable.staffId, staff), isNull(incidentTable.closedAt));
  const [open] = await context.database.select().from(incidentTable).where(isOpen).for('update');
  if (open === undefined) throw new Error('An incident was closed meanwhile.');
  return open;
}

/** Whether the rules of an incident confirm each other by now: by what was found since an officer let the account go on. */
async function isConfirmedBy({ database }: IncidentContext, { id, liftedAt }: Incident): Promise<boolean> {
  const { incidentId, rule, at } = incidentAlertTable;
  const alerts = await database
    .select({ rule, at })
    .from(incidentAlertTable)
    .where(and(eq(incidentId, id), liftedAt === null ? undefined : gt(at, liftedAt)));
  return isConfirmed(alerts);
}

/** Keeps an alert with the incident that it belongs to. One that is kept already changes nothing. */
async function keepAlert(context: RulesContext, alert: Alert): Promise<void> {
  const { database } = context;
  const { key, rule, count, limit, at } = alert;
  const isKnown = (await database.$count(incidentAlertTable, eq(incidentAlertTable.key, key))) > 0;
  if (isKnown) return;
  const staff = await accountOf(context, alert.actor);
  const incident = await incidentAbout(context, staff);
  await database
    .insert(incidentAlertTable)
    .values({ key, incidentId: incident.id, rule, count, bound: limit, at })
    // Another process was first.
    .onConflictDoNothing();
  // What was found before an officer let the account go on says nothing any more.
  const isOld = incident.liftedAt !== null && at <= incident.liftedAt;
  if (rules[rule].severity !== 'critical' || isOld) return;
  const now = context.now();
  const isNewlyConfirmed = incident.disabledAt === null && (await isConfirmedBy(context, incident));
  await database
    .update(incidentTable)
    .set({
      criticalAt: incident.criticalAt ?? now,
      // Whoever is told to be held up is so: an officer may be letting them go on just now.
      ...(staff === null || rule === 'emergencyWhileHeldUp' ? {} : { containSince: now }),
      ...(staff !== null && isNewlyConfirmed ? { disableSince: now } : {}),
    })
    .where(eq(incidentTable.id, incident.id));
  const { criticalAt, toldAt } = incident;
  // What was found before people were told is on the page that they look at then.
  if (criticalAt === null || toldAt === null || at > toldAt || 'each' in rules[rule])
    await tellIncident(context, incident.id);
}

/**
 * Keeps alerts, and how far the log was looked through, all or nothing.
 *
 * @param through null where they aren't from the log
 */
export async function keepAlerts(
  context: AlertContext,
  alerts: readonly Alert[],
  through: number | null,
): Promise<void> {
  const { clinicId } = context;
  await byRules(context, async (own) => {
    for (const alert of alerts) await keepAlert(own, alert);
    if (through === null) return accepted(undefined);
    await own.database
      .insert(watchedAccessesTable)
      .values({ clinicId, through })
      .onConflictDoUpdate({
        target: watchedAccessesTable.clinicId,
        set: { through: sql`greatest(${watchedAccessesTable.through}, ${through})` },
      });
    return accepted(undefined);
  });
}

/**
 * Opens one by hand, about an account or about none in particular, and tells of it. `notFound` where there is no such account,
 * `conflict` if one is open about it.
 */
export async function openIncident(
  context: IncidentContext,
  about: StaffId | null,
): Promise<Result<{ readonly id: IncidentId }>> {
  if (about !== null && (await accountOf(context, about)) === null) return refused('notFound');
  const made = await begin(context, about);
  if (made === null) return refused('conflict');
  const { id } = made;
  await context.database.update(incidentTable).set({ criticalAt: context.now() }).where(eq(incidentTable.id, id));
  await tellIncident(context, id);
  return accepted({ id });
}

/** A step of the plan that was done. */
interface DoneStep {
  readonly incident: IncidentId;
  readonly step: IncidentStep;
}

/** How entries name a step. */
export const stepResource = ({ incident, step }: DoneStep): string => `${incidentResource(incident)}/step:${step}`;

/**
 * Notes that a step was done: once, and for good. `notFound` where there is no such incident, `forbidden` of one about oneself,
 * `wrongState` if the step was noted.
 *
 * @param by null for the rules
 */
export async function noteStep(
  { database, clinicId, now }: Pick<IncidentContext, 'database' | 'clinicId' | 'now'>,
  { incident, step, by }: DoneStep & { readonly by: StaffId | null },
): Promise<Result<undefined>> {
  const isIt = and(eq(incidentTable.id, incident), eq(incidentTable.clinicId, clinicId));
  const [found] = await database.select().from(incidentTable).where(isIt).for('update');
  if (found === undefined) return refused('notFound');
  if (by !== null && by === found.staffId) return refused('forbidden');
  const at = now();
  const noted = await database
    .insert(incidentStepTable)
    .values({ incidentId: incident, step, doneAt: at, doneBy: by })
    .onConflictDoNothing()
    .returning();
  if (noted.length === 0) return refused('wrongState');
  if (step === 'closed') await database.update(incidentTable).set({ closedAt: at }).where(isIt);
  return accepted(undefined);
}

/** How entries name that an account is to be disabled. */
export const disablingResource = (incident: IncidentId): string => `${incidentResource(incident)}/disabling`;

/**
 * Has the account of an incident held up and disabled, as two rules that confirm each other have: within seconds, but for a visit that
 * goes on, and tells of it. `notFound` where there is no such incident, `forbidden` of one's own account, `conflict` if too few would be left of a
 * role, `wrongState` where there is no account, it is being disabled already, or the incident is closed.
 */
export async function askToDisable(
  context: IncidentContext,
  { incident, by }: { readonly incident: IncidentId; readonly by: StaffId },
): Promise<Result<undefined>> {
  const { database, clinicId, now } = context;
  const isIt = and(eq(incidentTable.id, incident), eq(incidentTable.clinicId, clinicId));
  const [found] = await database.select().from(incidentTable).where(isIt).for('update');
  if (found === undefined) return refused('notFound');
  const { staffId: staff, closedAt, disableSince, disabledAt } = found;
  if (staff === null || closedAt !== null || disableSince !== null || disabledAt !== null) return refused('wrongState');
  if (staff === by) return refused('forbidden');
  const refusal = await refusalToLose({ clinicId, now }, database, { by, staff });
  if (refusal !== null) return refused(refusal);
  const at = now();
  await database
    .update(incidentTable)
    .set({ containSince: at, disableSince: at, criticalAt: found.criticalAt ?? at })
    .where(isIt);
  await tellIncident(context, incident);
  return accepted(undefined);
}
