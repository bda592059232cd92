import { type StaffRole, staffRoles } from '@sotto/protocol/clinic';
import type { ErrorCode } from '@sotto/protocol/errors';
import type { StaffId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { RoleLimits } from '@sotto/protocol/roleLimits';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq } from 'drizzle-orm';
import { alwaysHold, endRole, giveRole, holdsRole, limitsOf, wasGiven } from './access/roleAssignment.ts';
import { type AdminAct, type Administrator, isAccount } from './adminRecord.ts';
import type { ClinicContext } from './clinicContext.ts';
import { endEmergencySessions, endWithSockets } from './endSessions.ts';
import { incidentTable } from './incidentSchema.ts';
import { endInvitationsBy, endResets, revokeLinksInto } from './openInvitations.ts';
import { clinicTable, staffSessionTable, staffTable } from './schema.ts';
import { removeIdentities } from './staffIdentity.ts';

/** What administers: for the service, and for the command on the host. */
export interface AdminContext extends Pick<ClinicContext, 'clinicId' | 'now'> {
  /** The transaction that records the act as well (`PlatformLog`): what can't be recorded isn't done. */
  readonly database: Transaction;
  /** Told what is done, for its record. */
  readonly tell: (act: AdminAct) => void;
}

/** What is known of an account while nobody else changes it. */
interface Subject {
  readonly isDisabled: boolean;
  readonly isSuspended: boolean;
}

interface Steps<T> {
  /** Why it isn't done; null if it may be. */
  check(transaction: Transaction): Promise<ErrorCode | null>;
  act(transaction: Transaction, at: Date): Promise<T>;
}

/** Waits until no other transaction changes anything about the clinic's people; until this one's end none does. */
export async function takeTurn({ database, clinicId }: Pick<AdminContext, 'clinicId' | 'database'>): Promise<void> {
  await database
    .select({ id: clinicTable.id })
    .from(clinicTable)
    .where(eq(clinicTable.id, clinicId))
    .for('no key update');
}

/**
 * One act of administration, one at a time in a clinic: who does it administers still, it is checked, told of for its record, and
 * done, all in one transaction.
 */
export async function performAct<T>(context: AdminContext, act: AdminAct, steps: Steps<T>): Promise<Result<T>> {
  const { database, clinicId, now, tell } = context;
  tell(act);
  await takeTurn(context);
  // Two administrators who end each other: the later one is none any more.
  if (isAccount(act.by) && !(await holdsRole({ database, clinicId, now }, act.by, 'admin'))) {
    return refused('forbidden');
  }
  const refusal = await steps.check(database);
  if (refusal !== null) return refused(refusal);
  return accepted(await steps.act(database, now()));
}

interface AccountSteps<T> extends Pick<Steps<T>, 'act'> {
  check(transaction: Transaction, subject: Subject): Promise<ErrorCode | null>;
}

/** An act about an account of the clinic's: `notFound` where there is none. */
export const performOnAccount = <T>(context: AdminContext, act: AdminAct, steps: AccountSteps<T>): Promise<Result<T>> =>
  performAct(context, act, {
    ...steps,
    async check(transaction) {
      const { clinicId, id, disabledAt, suspendedAt } = staffTable;
      const [staff] = await transaction
        .select({ disabledAt, suspendedAt })
        .from(staffTable)
        .where(and(eq(clinicId, context.clinicId), eq(id, act.staff)));
      if (staff === undefined) return 'notFound';
      return steps.check(transaction, {
        isDisabled: staff.disabledAt !== null,
        isSuspended: staff.suspendedAt !== null,
      });
    },
  });

export interface AccountRequest {
  readonly by: Administrator;
  readonly staff: StaffId;
}

/**
 * Gives somebody a role. `wrongState` if the account is disabled, `invalid` for an end that has passed, `conflict` if they hold the
 * role already: roles add up, so another one with limits would limit nothing.
 */
export const giveStaffRole = (
  context: AdminContext,
  { by, staff }: AccountRequest,
  role: StaffRole,
  limits: RoleLimits,
): Promise<Result<undefined>> =>
  performOnAccount(
    context,
    { action: 'people:giveRole', by, staff, role, limits },
    {
      async check(transaction, { isDisabled }) {
        const at = context.now();
        if (isDisabled) return 'wrongState';
        if (limits.until !== null && Date.parse(limits.until) <= at.getTime()) return 'invalid';
        return (await wasGiven(transaction, staff, role, at)) ? 'conflict' : null;
      },
      async act(transaction, at) {
        await giveRole(transaction, staff, role, at, limitsOf(limits));
        return undefined;
      },
    },
  );

/**
 * How many of a role a clinic keeps: somebody who gives roles, and two officers, since most of what they sign takes two of them
 * (apps/keystore). Only those count whose role has no end and no limits.
 */
const kept = { admin: 1, privacyOfficer: 2 } as const;
type KeptRole = keyof typeof kept;
const isKept = (role: StaffRole): role is KeptRole => Object.hasOwn(kept, role);

/**
 * Whether too few would be left of a role that somebody loses: fewer than the clinic keeps, or than it has, and at least one. The
 * command on the host may do that too: it can give roles anew.
 */
async function leavesTooFew(
  { clinicId, now }: Pick<AdminContext, 'clinicId' | 'now'>,
  database: Transaction,
  { by, staff }: AccountRequest,
  role: StaffRole,
): Promise<boolean> {
  const context = { database, clinicId, now };
  if (by === 'host' || !isKept(role) || !(await holdsRole(context, staff, role))) return false;
  const holders = await alwaysHold(context, role);
  const left = holders.filter((id) => id !== staff).length;
  return left < Math.max(1, Math.min(kept[role], holders.length));
}

/**
 * Ends a role, however often somebody holds it; an administrator's with the invitations of theirs that are open. `notFound` if they
 * don't, `conflict` if too few would be left of it.
 */
export const endStaffRole = (
  context: AdminContext,
  { by, staff }: AccountRequest,
  role: StaffRole,
): Promise<Result<undefined>> =>
  performOnAccount(
    context,
    { action: 'people:endRole', by, staff, role },
    {
      async check(transaction) {
        if (!(await wasGiven(transaction, staff, role, context.now()))) return 'notFound';
        return (await leavesTooFew(context, transaction, { by, staff }, role)) ? 'conflict' : null;
      },
      async act(transaction, at) {
        await endRole(transaction, staff, role, at);
        if (role === 'admin') await endInvitationsBy(transaction, staff, at);
        return undefined;
      },
    },
  );

/** Why somebody may not lose all of their roles: `conflict` if too few would be left of one. */
export async function refusalToLose(
  context: Pick<AdminContext, 'clinicId' | 'now'>,
  database: Transaction,
  request: AccountRequest,
): Promise<'conflict' | null> {
  for (const role of staffRoles) {
    if (await leavesTooFew(context, database, request, role)) return 'conflict';
  }
  return null;
}

/** Signs somebody out everywhere, and closes the sockets that were opened by their sessions. */
export const endSessionsOf = (transaction: Transaction, staff: StaffId, at: Date) =>
  endWithSockets(transaction, eq(staffSessionTable.staffId, staff), at);

/**
 * Lets somebody go: no sign-in, the clinic's provider knows them no more, no session of theirs counts from their next request on, their roles end, links that they gave
 * out (to work here, and into their visits that aren't over) work no more, and signaling is told to close their sockets. Their
 * passkeys in the keystore are ended by an officer's signature, and by nothing else. Whom the rules have suspended, and signed out, is
 * let go for good. `wrongState` if the account was disabled before otherwise, `conflict` if too few would be left of a role.
 */
export const disableAccount = (context: AdminContext, { by, staff }: AccountRequest): Promise<Result<undefined>> =>
  performOnAccount(
    context,
    { action: 'people:disable', by, staff },
    {
      async check(transaction, { isDisabled, isSuspended }) {
        if (isDisabled && !isSuspended) return 'wrongState';
        return refusalToLose(context, transaction, { by, staff });
      },
      async act(transaction, at) {
        // For good: a suspension would be lifted.
        await transaction.update(staffTable).set({ disabledAt: at, suspendedAt: null }).where(eq(staffTable.id, staff));
        await removeIdentities(transaction, staff);
        await endResets(transaction, staff, at);
        await endSessionsOf(transaction, staff, at);
        await endRole(transaction, staff, null, at);
        await endInvitationsBy(transaction, staff, at);
        await revokeLinksInto(transaction, staff, at);
        return undefined;
      },
    },
  );

/**
 * Takes all roles of somebody's out of force until it is lifted (`liftSuspension`), with the invitations that they gave out. By the
 * policies they go on with the visit that they are in, and with nothing else. Refused as `disableAccount` is.
 */
export const suspendAccount = (context: AdminContext, { by, staff }: AccountRequest): Promise<Result<undefined>> =>
  performOnAccount(
    context,
    { action: 'people:suspend', by, staff },
    {
      async check(transaction, { isDisabled, isSuspended }) {
        if (isDisabled || isSuspended) return 'wrongState';
        return refusalToLose(context, transaction, { by, staff });
      },
      async act(transaction, at) {
        await transaction.update(staffTable).set({ suspendedAt: at }).where(eq(staffTable.id, staff));
        await endInvitationsBy(transaction, staff, at);
        return undefined;
      },
    },
  );

/**
 * Ends the sessions and sockets of somebody who is suspended: from then on only their passkey lets them in, for emergencies.
 * `wrongState` if they aren't, or are disabled.
 */
export const disableSuspended = (context: AdminContext, { by, staff }: AccountRequest): Promise<Result<undefined>> =>
  performOnAccount(
    context,
    { action: 'people:disable', by, staff },
    {
      check: async (_transaction, { isDisabled, isSuspended }) => (isSuspended && !isDisabled ? null : 'wrongState'),
      async act(transaction, at) {
        await transaction.update(staffTable).set({ disabledAt: at }).where(eq(staffTable.id, staff));
        await endResets(transaction, staff, at);
        await endSessionsOf(transaction, staff, at);
        return undefined;
      },
    },
  );

/** Whether all roles of somebody's are out of force. */
export async function isSuspended({ database }: Pick<AdminContext, 'database'>, staff: StaffId): Promise<boolean> {
  const { id, suspendedAt } = staffTable;
  const [found] = await database.select({ suspendedAt }).from(staffTable).where(eq(id, staff));
  return found !== undefined && found.suspendedAt !== null;
}

/**
 * Ends a suspension: all is as before it, but that sessions which began in it are over: they were for emergencies. Whether it may
 * be, the caller has decided. `wrongState` if there is none.
 */
export const liftSuspension = (
  context: AdminContext,
  { staff }: Pick<AccountRequest, 'staff'>,
): Promise<Result<undefined>> =>
  performOnAccount(
    context,
    // Whoever lifts it needn't administer.
    { action: 'people:enable', by: 'rules', staff },
    {
      check: async (_transaction, { isSuspended }) => (isSuspended ? null : 'wrongState'),
      async act(transaction, at) {
        await endEmergencySessions(transaction, staff, at);
        await transaction
          .update(staffTable)
          .set({ suspendedAt: null, disabledAt: null })
          .where(eq(staffTable.id, staff));
        return undefined;
      },
    },
  );

/**
 * Lets somebody sign in again, with no role: each is given anew, also where they were suspended; an incident about them may have the
 * account disabled again. `wrongState` if the account isn't
 * disabled.
 */
export const enableAccount = (context: AdminContext, { by, staff }: AccountRequest): Promise<Result<undefined>> =>
  performOnAccount(
    context,
    { action: 'people:enable', by, staff },
    {
      check: async (_transaction, { isDisabled }) => (isDisabled ? null : 'wrongState'),
      async act(transaction, at) {
        // Of who was disabled while suspended, they are there still.
        await removeIdentities(transaction, staff);
        await endRole(transaction, staff, null, at);
        await endEmergencySessions(transaction, staff, at);
        await transaction
          .update(staffTable)
          .set({ disabledAt: null, suspendedAt: null })
          .where(eq(staffTable.id, staff));
        await transaction
          .update(incidentTable)
          .set({ disabledAt: null, disableSince: null })
          .where(eq(incidentTable.staffId, staff));
        return undefined;
      },
    },
  );
