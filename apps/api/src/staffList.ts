import { type HeldRole, maxRolesShown, type StaffPeople } from '@sotto/protocol/people';
import { eq, inArray } from 'drizzle-orm';
import type { ClinicContext } from './clinicContext.ts';
import { roleAssignmentTable, staffIdentityTable, staffTable } from './schema.ts';
import { listStaffInvitations } from './staffInvitations.ts';

type RoleRow = typeof roleAssignmentTable.$inferSelect;

const order = { held: 0, resting: 0, ahead: 1, over: 2 } as const;

function stateOf({ validFrom, validUntil }: RoleRow, now: Date, isSuspended: boolean): HeldRole['state'] {
  if (validUntil !== null && (validUntil <= now || validUntil <= validFrom)) return 'over';
  if (validFrom > now) return 'ahead';
  return isSuspended ? 'resting' : 'held';
}

/** Whether one role counts where or when another one's limits keep that from counting. */
const liftsLimitsOf = (one: RoleRow, other: RoleRow): boolean =>
  (one.network === null && other.network !== null) || (one.hoursFrom === null && other.hoursFrom !== null);

function hoursOf({ hoursFrom: from, hoursTo: to, hoursDays: days }: RoleRow): HeldRole['hours'] {
  return from === null || to === null || days === null ? null : { from, to, days: [...new Set(days)] };
}

/** One person's roles, told with what each of them comes to beside the others. */
function toRoles(rows: readonly RoleRow[], now: Date, isSuspended: boolean): HeldRole[] {
  const held = rows.filter((row) => stateOf(row, now, isSuspended) === 'held');
  return rows
    .map((row) => ({
      ...{
        id: row.id,
        role: row.role,
        state: stateOf(row, now, isSuspended),
        network: row.network,
        hours: hoursOf(row),
      },
      ...{ from: row.validFrom.toISOString(), until: row.validUntil?.toISOString() ?? null },
      liftedBy: [...new Set(held.filter((one) => liftsLimitsOf(one, row)).map(({ role }) => role))],
    }))
    .sort((a, b) => order[a.state] - order[b.state] || Date.parse(b.from) - Date.parse(a.from))
    .slice(0, maxRolesShown);
}

/** Everybody of the staff with the roles that they were ever given, all that count and the newest of the others. */
export async function listStaff(
  { database, clinicId, now }: Pick<ClinicContext, 'clinicId' | 'database' | 'now'>,
  timeZone: string,
): Promise<StaffPeople> {
  const at = now();
  const { id, name, email, disabledAt, suspendedAt } = staffTable;
  const staff = await database
    .select({ id, name, email, disabledAt, suspendedAt })
    .from(staffTable)
    .where(eq(staffTable.clinicId, clinicId))
    .orderBy(name, email);
  const ids = staff.map((one) => one.id);
  const roles =
    ids.length === 0
      ? []
      : await database.select().from(roleAssignmentTable).where(inArray(roleAssignmentTable.staffId, ids));
  const bound = await database
    .selectDistinct({ id: staffIdentityTable.staffId })
    .from(staffIdentityTable)
    .where(eq(staffIdentityTable.clinicId, clinicId));
  const isBound = new Set(bound.map((one) => one.id));
  const byPerson = Map.groupBy(roles, ({ staffId }) => staffId);
  const people = staff.map((one) => ({
    ...{ id: one.id, name: one.name, email: one.email, disabledAt: one.disabledAt?.toISOString() ?? null },
    suspendedAt: one.suspendedAt?.toISOString() ?? null,
    isBound: isBound.has(one.id),
    roles: toRoles(byPerson.get(one.id) ?? [], at, one.suspendedAt !== null),
  }));
  return { timeZone, people, invitations: await listStaffInvitations({ database, clinicId, now }) };
}
