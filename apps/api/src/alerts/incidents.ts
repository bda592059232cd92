import { type Alert, isConfirmed, rules } from '@sotto/alerts';
import type { Contained } from '@sotto/protocol/containment';
import { type StaffId, staffId } from '@sotto/protocol/ids';
import { type IncidentId, type IncidentStep, incidentId } from '@sotto/protocol/incidents';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { newId } from '../opaqueToken.ts';
import { incidentAlertTable, incidentStepTable, incidentTable, staffTable, watchedAccessesTable } from '../schema.ts';
import type { AlertContext } from './alertContext.ts';
import { tellIncident } from './alertMessages.ts';

type Incident = typeof incidentTable.$inferSelect;

/** Up to where the keystore's log was looked through; null before the first time. */
export async function watchedThrough({ database }: Pick<AlertContext, 'database'>): Promise<number | null> {
  const [row] = await database.select().from(watchedAccessesTable);
  return row?.through ?? null;
}

/** The account of whom an alert is; null for one that the clinic's records don't have. */
async function accountOf(transaction: Transaction, clinic: AlertContext['clinicId'], actor: string) {
  const { data: id } = staffId.safeParse(actor);
  if (id === undefined) return null;
  const isOurs = and(eq(staffTable.id, id), eq(staffTable.clinicId, clinic));
  const [account] = await transaction.select({ id: staffTable.id }).from(staffTable).where(isOurs);
  return account?.id ?? null;
}

/** The one that is open about an account, opened if there is none. */
async function incidentAbout(
  { clinicId, now }: AlertContext,
  transaction: Transaction,
  staff: StaffId | null,
): Promise<Incident> {
  const [made] = await transaction
    .insert(incidentTable)
    .values({ id: newId(incidentId), clinicId, staffId: staff, openedAt: now() })
    .onConflictDoNothing()
    .returning();
  if (made !== undefined || staff === null) return requireRow(made);
  const isOpen = and(eq(incidentTable.staffId, staff), isNull(incidentTable.closedAt));
  const [open] = await transaction.select().from(incidentTable).where(isOpen).for('update');
  return requireRow(open);
}

function requireRow(row: Incident | undefined): Incident {
  if (row === undefined) throw new Error('An incident was closed meanwhile.');
  return row;
}

/** Whether the rules of an incident confirm each other by now. */
async function isConfirmedBy(transaction: Transaction, incident: IncidentId): Promise<boolean> {
  const alerts = await transaction
    .select({ rule: incidentAlertTable.rule, at: incidentAlertTable.at })
    .from(incidentAlertTable)
    .where(eq(incidentAlertTable.incidentId, incident));
  return isConfirmed(alerts);
}

/** Keeps an alert with the incident that it belongs to. One that is kept already changes nothing. */
async function keepAlert(context: AlertContext, transaction: Transaction, alert: Alert): Promise<void> {
  const { key, rule, count, limit, at } = alert;
  const isKnown = (await transaction.$count(incidentAlertTable, eq(incidentAlertTable.key, key))) > 0;
  if (isKnown) return;
  const staff = await accountOf(transaction, context.clinicId, alert.actor);
  const incident = await incidentAbout(context, transaction, staff);
  await transaction
    .insert(incidentAlertTable)
    .values({ key, incidentId: incident.id, rule, count, bound: limit, at })
    // Another process was first.
    .onConflictDoNothing();
  if (rules[rule].severity !== 'critical') return;
  const now = context.now();
  const isNewlyConfirmed = incident.disabledAt === null && (await isConfirmedBy(transaction, incident.id));
  await transaction
    .update(incidentTable)
    .set({
      criticalAt: incident.criticalAt ?? now,
      ...(staff === null ? {} : { containSince: now, ...(isNewlyConfirmed ? { disableSince: now } : {}) }),
    })
    .where(eq(incidentTable.id, incident.id));
  if (incident.criticalAt === null) await tellIncident(context, transaction, incident.id);
}

/**
 * Keeps alerts, and how far the log was looked through, all or nothing.
 *
 * @param through null where they aren't from the log
 */
export const keepAlerts = (context: AlertContext, alerts: readonly Alert[], through: number | null): Promise<void> =>
  context.database.transaction(async (transaction) => {
    for (const alert of alerts) await keepAlert(context, transaction, alert);
    if (through === null) return;
    await transaction
      .insert(watchedAccessesTable)
      .values({ through })
      .onConflictDoUpdate({
        target: watchedAccessesTable.single,
        set: { through: sql`greatest(${watchedAccessesTable.through}, ${through})` },
      });
  });

/** Opens one by hand, about no account in particular, and tells of it. */
export const openIncident = (context: AlertContext): Promise<{ readonly id: IncidentId }> =>
  context.database.transaction(async (transaction) => {
    const { id } = await incidentAbout(context, transaction, null);
    await transaction.update(incidentTable).set({ criticalAt: context.now() }).where(eq(incidentTable.id, id));
    await tellIncident(context, transaction, id);
    return { id };
  });

/**
 * Notes that a step was done: once, and for good. `notFound` where there is no such incident, `wrongState` if the step was noted.
 *
 * @param by null for the rules
 */
export const noteStep = (
  { database, clinicId, now }: Pick<AlertContext, 'database' | 'clinicId' | 'now'>,
  { incident, step, by }: { incident: IncidentId; step: IncidentStep; by: StaffId | null },
): Promise<Result<undefined>> =>
  database.transaction(async (transaction) => {
    const isIt = and(eq(incidentTable.id, incident), eq(incidentTable.clinicId, clinicId));
    const [found] = await transaction.select().from(incidentTable).where(isIt).for('update');
    if (found === undefined) return refused('notFound');
    const at = now();
    const noted = await transaction
      .insert(incidentStepTable)
      .values({ incidentId: incident, step, doneAt: at, doneBy: by })
      .onConflictDoNothing()
      .returning();
    if (noted.length === 0) return refused('wrongState');
    if (step === 'closed') await transaction.update(incidentTable).set({ closedAt: at }).where(isIt);
    return accepted(undefined);
  });

/** Calls off what the rules have in mind for an account, or for all: an officer has let openings go on. */
export async function callOff(
  { database, clinicId }: Pick<AlertContext, 'database' | 'clinicId'>,
  whom: Contained,
): Promise<void> {
  const { data: staff } = staffId.safeParse(whom);
  if (staff === undefined) return;
  await database
    .update(incidentTable)
    .set({ containSince: null, disableSince: null })
    .where(and(eq(incidentTable.clinicId, clinicId), eq(incidentTable.staffId, staff), isNull(incidentTable.closedAt)));
}
