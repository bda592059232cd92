import type { StaffRole } from '@sotto/protocol/clinic';
import type { ErrorCode } from '@sotto/protocol/errors';
import type { StaffId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { RoleLimits } from '@sotto/protocol/roleLimits';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq, isNull } from 'drizzle-orm';
import { endRole, giveRole, holdsRole, limitsOf, othersHold, wasGiven } from './access/roleAssignment.ts';
import type { AdminAct, Administrator, AdminRecord } from './adminRecord.ts';
import type { ClinicContext } from './clinicContext.ts';
import { removeRecoveryCodes } from './recoveryCodes.ts';
import { clinicTable, staffSessionTable, staffTable } from './schema.ts';
import { removeTotp } from './totp.ts';

/** What administers: for the service, and for the command on the host. */
export interface AdminContext extends Pick<ClinicContext, 'clinicId' | 'database' | 'now'> {
  readonly record: AdminRecord;
}

/** What is known of an account while nobody else changes it. */
interface Subject {
  readonly isDisabled: boolean;
}

interface Steps<T> {
  /** Why it isn't done; null if it may be. */
  check(transaction: Transaction): Promise<ErrorCode | null>;
  act(transaction: Transaction, at: Date): Promise<T>;
}

/**
 * One act of administration, one at a time in a clinic: who does it administers still, it is checked, recorded, then done, all in
 * one transaction.
 */
export const performAct = <T>(context: AdminContext, act: AdminAct, steps: Steps<T>): Promise<Result<T>> =>
  context.database.transaction(async (database): Promise<Result<T>> => {
    const { clinicId, now, record } = context;
    await database
      .select({ id: clinicTable.id })
      .from(clinicTable)
      .where(eq(clinicTable.id, clinicId))
      .for('no key update');
    // Two administrators who end each other: the later one is none any more.
    if (act.by !== 'host' && !(await holdsRole({ database, clinicId, now }, act.by, 'admin'))) {
      return refused('forbidden');
    }
    const refusal = await steps.check(database);
    if (refusal !== null) return refused(refusal);
    await record(database, act);
    return accepted(await steps.act(database, now()));
  });

interface AccountSteps<T> extends Pick<Steps<T>, 'act'> {
  check(transaction: Transaction, subject: Subject): Promise<ErrorCode | null>;
}

/** An act about an account of the clinic's: `notFound` where there is none. */
const perform = <T>(context: AdminContext, act: AdminAct, steps: AccountSteps<T>): Promise<Result<T>> =>
  performAct(context, act, {
    ...steps,
    async check(transaction) {
      const { clinicId, id, disabledAt } = staffTable;
      const [staff] = await transaction
        .select({ disabledAt })
        .from(staffTable)
        .where(and(eq(clinicId, context.clinicId), eq(id, act.staff)));
      return staff === undefined ? 'notFound' : steps.check(transaction, { isDisabled: staff.disabledAt !== null });
    },
  });

interface Request {
  readonly by: Administrator;
  readonly staff: StaffId;
}

/**
 * Gives somebody a role. `wrongState` if the account is disabled, `invalid` for an end that has passed, `conflict` if they hold the
 * role already: roles add up, so another one with limits would limit nothing.
 */
export const giveStaffRole = (
  context: AdminContext,
  { by, staff }: Request,
  role: StaffRole,
  limits: RoleLimits,
): Promise<Result<undefined>> =>
  perform(
    context,
    { event: 'roleGiven', by, staff, role },
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

/** Whether nobody would be left who gives roles. The command on the host may do that too: it can give them anew. */
async function isLastAdmin(
  { clinicId, now }: AdminContext,
  database: Transaction,
  { by, staff }: Request,
): Promise<boolean> {
  if (by === 'host' || !(await holdsRole({ database, clinicId, now }, staff, 'admin'))) return false;
  return !(await othersHold({ database, clinicId, now }, staff, 'admin'));
}

/** Ends a role, however often somebody holds it. `notFound` if they don't, `conflict` if nobody else could give roles. */
export const endStaffRole = (
  context: AdminContext,
  { by, staff }: Request,
  role: StaffRole,
): Promise<Result<undefined>> =>
  perform(
    context,
    { event: 'roleEnded', by, staff, role },
    {
      async check(transaction) {
        if (!(await wasGiven(transaction, staff, role, context.now()))) return 'notFound';
        return role === 'admin' && (await isLastAdmin(context, transaction, { by, staff })) ? 'conflict' : null;
      },
      async act(transaction, at) {
        await endRole(transaction, staff, role, at);
        return undefined;
      },
    },
  );

const endSessions = (transaction: Transaction, staff: StaffId, at: Date) =>
  transaction
    .update(staffSessionTable)
    .set({ revokedAt: at })
    .where(and(eq(staffSessionTable.staffId, staff), isNull(staffSessionTable.revokedAt)));

/**
 * Lets somebody go: no sign-in, no session of theirs counts from their next request on, their roles end, and signaling is told to
 * close their sockets (`watchEnds`). Their passkeys in the keystore are ended by an officer's signature, and by nothing else.
 * `wrongState` if the account was disabled before, `conflict` if nobody else could give roles.
 */
export const disableAccount = (context: AdminContext, { by, staff }: Request): Promise<Result<undefined>> =>
  perform(
    context,
    { event: 'accountDisabled', by, staff },
    {
      async check(transaction, { isDisabled }) {
        if (isDisabled) return 'wrongState';
        return (await isLastAdmin(context, transaction, { by, staff })) ? 'conflict' : null;
      },
      async act(transaction, at) {
        await transaction.update(staffTable).set({ disabledAt: at }).where(eq(staffTable.id, staff));
        await endSessions(transaction, staff, at);
        await endRole(transaction, staff, null, at);
        return undefined;
      },
    },
  );

/**
 * Takes away what somebody has beside their password, where it was lost or stolen: authenticator app and recovery codes are forgotten,
 * and every session of theirs is over. Their password stays, and so do their passkeys, which an officer's signature ends.
 * `wrongState` if the account is disabled.
 */
export const resetSignIn = (context: AdminContext, { by, staff }: Request): Promise<Result<undefined>> =>
  perform(
    context,
    { event: 'signInReset', by, staff },
    {
      check: async (_transaction, { isDisabled }) => (isDisabled ? 'wrongState' : null),
      async act(transaction, at) {
        await removeTotp(transaction, staff);
        await removeRecoveryCodes(transaction, staff);
        await endSessions(transaction, staff, at);
        return undefined;
      },
    },
  );

/** Lets somebody sign in again, with no role: each is given anew. `wrongState` if the account isn't disabled. */
export const enableAccount = (context: AdminContext, { by, staff }: Request): Promise<Result<undefined>> =>
  perform(
    context,
    { event: 'accountEnabled', by, staff },
    {
      check: async (_transaction, { isDisabled }) => (isDisabled ? null : 'wrongState'),
      async act(transaction) {
        await transaction.update(staffTable).set({ disabledAt: null }).where(eq(staffTable.id, staff));
        return undefined;
      },
    },
  );
