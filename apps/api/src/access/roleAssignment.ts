import type { Assignment } from '@sotto/policy';
import type { StaffRole } from '@sotto/protocol/clinic';
import type { StaffId } from '@sotto/protocol/ids';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq, gt, isNull, lte, or, sql } from 'drizzle-orm';
import type { ClinicContext } from '../clinicContext.ts';
import { newId } from '../opaqueToken.ts';
import { roleAssignmentId, roleAssignmentTable, staffTable } from '../schema.ts';

/** Every role that a member of staff was ever given: which of them count now, the policies decide. */
export async function findAssignments(
  { database }: Pick<ClinicContext, 'database'>,
  staff: StaffId,
): Promise<Assignment[]> {
  const rows = await database
    .select()
    .from(roleAssignmentTable)
    .where(eq(roleAssignmentTable.staffId, staff))
    .orderBy(roleAssignmentTable.id);
  return rows.map(({ id, role, validFrom, validUntil, network, hoursFrom, hoursTo, hoursDays }) => ({
    ...{ id, person: { kind: 'staff', id: staff }, role, validFrom },
    ...(validUntil === null ? {} : { validUntil }),
    ...(network === null ? {} : { network }),
    // All three or none: the table has it so.
    ...(hoursFrom === null || hoursTo === null || hoursDays === null
      ? {}
      : { hours: { from: hoursFrom, to: hoursTo, days: hoursDays } }),
  }));
}

/** Whether a member of staff whose account is enabled holds a role at present, from wherever and at whichever hours it counts. */
export async function holdsRole(
  { database, clinicId, now }: Pick<ClinicContext, 'database' | 'clinicId' | 'now'>,
  staff: StaffId,
  role: StaffRole,
): Promise<boolean> {
  const at = now();
  const rows = await database
    .select({ id: roleAssignmentTable.id })
    .from(roleAssignmentTable)
    .innerJoin(staffTable, eq(staffTable.id, roleAssignmentTable.staffId))
    .where(
      and(
        eq(staffTable.id, staff),
        eq(staffTable.clinicId, clinicId),
        isNull(staffTable.disabledAt),
        eq(roleAssignmentTable.role, role),
        lte(roleAssignmentTable.validFrom, at),
        or(isNull(roleAssignmentTable.validUntil), gt(roleAssignmentTable.validUntil, at)),
      ),
    )
    .limit(1);
  return rows.length > 0;
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
  const { staffId, validUntil } = roleAssignmentTable;
  const isAlive = or(isNull(validUntil), gt(validUntil, now));
  return (
    (await database.$count(roleAssignmentTable, and(eq(staffId, staff), eq(roleAssignmentTable.role, role), isAlive))) >
    0
  );
}

/** What a role is given with. */
export type Limits = Pick<Assignment, 'validUntil' | 'network' | 'hours'>;

/** Gives a member of staff a role, from now on. The caller has decided that they get it. */
export async function giveRole(
  database: Pick<Transaction, 'insert'>,
  staff: StaffId,
  role: StaffRole,
  now: Date,
  { validUntil, network, hours }: Limits = {},
): Promise<void> {
  await database.insert(roleAssignmentTable).values({
    ...{ id: newId(roleAssignmentId), staffId: staff, role, validFrom: now, validUntil, network, grantedAt: now },
    ...(hours ? { hoursFrom: hours.from, hoursTo: hours.to, hoursDays: [...hours.days] } : {}),
  });
}

/**
 * Ends a role from now on, however often and with whatever limits somebody holds it; their next request goes without it.
 *
 * @returns how many assignments that ended
 */
export async function endRole(
  database: Pick<Transaction, 'update'>,
  staff: StaffId,
  role: StaffRole,
  now: Date,
): Promise<number> {
  const ended = await database
    .update(roleAssignmentTable)
    // An assignment lasts an instant at least.
    .set({
      validUntil: sql`greatest(${now.toISOString()}::timestamptz, ${roleAssignmentTable.validFrom} + interval '1 ms')`,
    })
    .where(
      and(
        eq(roleAssignmentTable.staffId, staff),
        eq(roleAssignmentTable.role, role),
        or(isNull(roleAssignmentTable.validUntil), gt(roleAssignmentTable.validUntil, now)),
      ),
    )
    .returning({ id: roleAssignmentTable.id });
  return ended.length;
}
