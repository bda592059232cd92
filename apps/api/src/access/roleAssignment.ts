import type { Assignment } from '@sotto/policy';
import { type StaffRole, type StaffSession, staffRoles } from '@sotto/protocol/clinic';
import type { ClinicId, StaffId } from '@sotto/protocol/ids';
import type { RoleLimits } from '@sotto/protocol/roleLimits';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq, gt, isNull, lte, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import * as z from 'zod';
import { isEnabled } from '../accountStanding.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { newId } from '../opaqueToken.ts';
import { roleAssignmentId, roleAssignmentTable, staffTable } from '../schema.ts';
import { jsonTime } from './stored.ts';

const endedBy = (validUntil: Date | null): Pick<Assignment, 'validUntil'> =>
  validUntil === null ? {} : { validUntil };

/** When a role ends of who is suspended: then, if not before. One that hasn't begun never counts. */
function endOf(validFrom: Date, validUntil: Date | null, suspendedAt: Date | null): Date | null {
  if (suspendedAt === null || (validUntil !== null && validUntil <= suspendedAt)) return validUntil;
  return suspendedAt < validFrom ? validFrom : suspendedAt;
}

/** Of a role that suspending somebody ended, and nothing else. */
function suspendedIn(
  { validFrom, validUntil }: Pick<typeof roleAssignmentTable.$inferSelect, 'validFrom' | 'validUntil'>,
  { suspendedAt, disabledAt }: Pick<typeof staffTable.$inferSelect, 'suspendedAt' | 'disabledAt'>,
): Pick<Assignment, 'suspended'> {
  if (suspendedAt === null || validFrom > suspendedAt) return {};
  const isSignedOut = disabledAt !== null;
  if (validUntil === null) return { suspended: { isSignedOut } };
  return validUntil <= suspendedAt ? {} : { suspended: { until: validUntil, isSignedOut } };
}

const given = alias(roleAssignmentTable, 'given');

/** Every role that somebody was ever given, as one value of JSON (`assignmentsOf`). */
export const rolesGiven = (staff: SQLWrapper): SQL => sql`(select coalesce(json_agg(json_build_object(
    'id', ${given.id}, 'role', ${given.role}, 'validFrom', ${given.validFrom}, 'validUntil', ${given.validUntil},
    'network', ${given.network}, 'hoursFrom', ${given.hoursFrom}, 'hoursTo', ${given.hoursTo},
    'hoursDays', ${given.hoursDays}) order by ${given.id}), '[]')
  from ${roleAssignmentTable} "given" where ${given.staffId} = ${staff})`;

const rolesOf = z.array(
  z.strictObject({
    ...{ id: roleAssignmentId, role: z.enum(staffRoles), validFrom: jsonTime, validUntil: jsonTime.nullable() },
    ...{ network: z.string().nullable(), hoursFrom: z.int().nullable(), hoursTo: z.int().nullable() },
    hoursDays: z.array(z.int()).nullable(),
  }),
);

/**
 * Which of somebody's roles count now, the policies decide. While they are suspended, all have ended; the policies are told so, for
 * emergencies.
 *
 * @param roles `rolesGiven` @throws ZodError for what is none
 */
export const assignmentsOf = (
  staff: StaffId,
  account: Pick<typeof staffTable.$inferSelect, 'suspendedAt' | 'disabledAt'>,
  roles: unknown,
): Assignment[] =>
  rolesOf.parse(roles).map(({ id, role, network, hoursFrom, hoursTo, hoursDays, ...term }) => ({
    ...{ id, person: { kind: 'staff', id: staff }, role, validFrom: term.validFrom },
    ...endedBy(endOf(term.validFrom, term.validUntil, account.suspendedAt)),
    ...suspendedIn(term, account),
    ...(network === null ? {} : { network }),
    // All three or none: the table has it so.
    ...(hoursFrom === null || hoursTo === null || hoursDays === null
      ? {}
      : { hours: { from: hoursFrom, to: hoursTo, days: hoursDays } }),
  }));

/** Every role that a member of staff was ever given. */
export async function findAssignments(
  { database }: Pick<ClinicContext, 'database'>,
  staff: StaffId,
): Promise<Assignment[]> {
  const { id, suspendedAt, disabledAt } = staffTable;
  const [found] = await database
    // In brackets: what is read of one table alone loses that table's name.
    .select({ suspendedAt, disabledAt, roles: sql`(${rolesGiven(id)})` })
    .from(staffTable)
    .where(eq(id, staff));
  return found === undefined ? [] : assignmentsOf(staff, found, found.roles);
}

/** Of roles that have begun and aren't over, from wherever and at whichever hours they count. */
function isInTerm(at: Date): SQL | undefined {
  const { validFrom, validUntil } = roleAssignmentTable;
  return and(lte(validFrom, at), or(isNull(validUntil), gt(validUntil, at)));
}

/** The roles that somebody holds at present; while they are suspended none, and `resting` those that they held. */
export async function rolesHeld(
  { database, now }: Pick<ClinicContext, 'database' | 'now'>,
  staff: StaffId,
): Promise<Pick<StaffSession['staff'], 'roles' | 'resting'>> {
  const { role, staffId } = roleAssignmentTable;
  const rows = await database
    .selectDistinct({ role, suspendedAt: staffTable.suspendedAt })
    .from(staffTable)
    .leftJoin(roleAssignmentTable, and(eq(staffId, staffTable.id), isInTerm(now())))
    .where(eq(staffTable.id, staff))
    .orderBy(role);
  const roles = rows.flatMap((row) => row.role ?? []);
  const isSuspended = rows.some(({ suspendedAt }) => suspendedAt !== null);
  return isSuspended ? { roles: [], resting: roles } : { roles, resting: null };
}

interface HoldersContext extends Pick<ClinicContext, 'clinicId' | 'now'> {
  readonly database: Pick<Transaction, 'select' | 'selectDistinct'>;
}

const isHolder = (clinicId: ClinicId, role: StaffRole, at: Date): SQL | undefined =>
  and(eq(staffTable.clinicId, clinicId), isEnabled, eq(roleAssignmentTable.role, role), isInTerm(at));

/** Whether a member of staff whose account is enabled holds a role at present, from wherever and at whichever hours it counts. */
export async function holdsRole(
  { database, clinicId, now }: HoldersContext,
  staff: StaffId,
  role: StaffRole,
): Promise<boolean> {
  const rows = await database
    .select({ id: roleAssignmentTable.id })
    .from(roleAssignmentTable)
    .innerJoin(staffTable, eq(staffTable.id, roleAssignmentTable.staffId))
    .where(and(eq(staffTable.id, staff), isHolder(clinicId, role, now())))
    .limit(1);
  return rows.length > 0;
}

/** Those whose account is enabled and who hold a role at present with no end and no limits: whoever can always be counted on. */
export async function alwaysHold({ database, clinicId, now }: HoldersContext, role: StaffRole): Promise<StaffId[]> {
  const { validUntil, network, hoursFrom } = roleAssignmentTable;
  const rows = await database
    .selectDistinct({ id: staffTable.id })
    .from(roleAssignmentTable)
    .innerJoin(staffTable, eq(staffTable.id, roleAssignmentTable.staffId))
    .where(and(isHolder(clinicId, role, now()), isNull(validUntil), isNull(network), isNull(hoursFrom)));
  return rows.map(({ id }) => id);
}

/** Of roles that count, or are to. */
function isAlive(at: Date): SQL | undefined {
  const { validFrom, validUntil } = roleAssignmentTable;
  return or(isNull(validUntil), and(gt(validUntil, at), gt(validUntil, validFrom)));
}

/**
 * Whether somebody was given a role, with whatever limits, and it isn't over: assignments add up, so another one with
 * limits would limit nothing.
 */
export async function wasGiven(
  database: Pick<Transaction, '$count'>,
  staff: StaffId,
  role: StaffRole,
  now: Date,
): Promise<boolean> {
  const { staffId } = roleAssignmentTable;
  const isGiven = and(eq(staffId, staff), eq(roleAssignmentTable.role, role), isAlive(now));
  return (await database.$count(roleAssignmentTable, isGiven)) > 0;
}

/** What a role is given with. */
export type Limits = Partial<Pick<Assignment, 'validFrom' | 'validUntil' | 'network' | 'hours'>>;

/** Those limits that there are. */
export const limitsOf = ({ from, until, network, hours }: RoleLimits): Limits => ({
  ...(from === null ? {} : { validFrom: new Date(from) }),
  ...(until === null ? {} : { validUntil: new Date(until) }),
  ...(network === null ? {} : { network }),
  ...(hours === null ? {} : { hours }),
});

/** Gives a member of staff a role, from now on or from later. The caller has decided that they get it. */
export async function giveRole(
  database: Pick<Transaction, 'insert'>,
  staff: StaffId,
  role: StaffRole,
  now: Date,
  { validFrom: from = now, validUntil, network, hours }: Limits = {},
): Promise<void> {
  const validFrom = from < now ? now : from;
  await database.insert(roleAssignmentTable).values({
    ...{ id: newId(roleAssignmentId), staffId: staff, role, validFrom, validUntil, network, grantedAt: now },
    ...(hours ? { hoursFrom: hours.from, hoursTo: hours.to, hoursDays: [...hours.days] } : {}),
  });
}

/**
 * Ends a role from now on, or before it begins, however often and with whatever limits somebody holds it; their next request goes without it.
 *
 * @param role null for every role of theirs
 */
export async function endRole(
  database: Pick<Transaction, 'update'>,
  staff: StaffId,
  role: StaffRole | null,
  now: Date,
): Promise<void> {
  const ofRole = role === null ? undefined : eq(roleAssignmentTable.role, role);
  await database
    .update(roleAssignmentTable)
    // One that hasn't begun never counts.
    .set({ validUntil: sql`greatest(${now.toISOString()}::timestamptz, ${roleAssignmentTable.validFrom})` })
    .where(and(eq(roleAssignmentTable.staffId, staff), ofRole, isAlive(now)));
}
