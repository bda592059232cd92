import type { IdleLock, SignInMethod, StaffRole, StaffSession } from '@sotto/protocol/clinic';
import type { ClinicId, SessionId, StaffId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { ActivityReport } from '@sotto/protocol/signIn';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq, gt, isNull, type Placeholder } from 'drizzle-orm';
import type { SelectResultFields } from 'drizzle-orm/query-builders/select.types';
import { rolesHeld } from './access/roleAssignment.ts';
import { isNotLetGo } from './accountStanding.ts';
import { takeTurn } from './administration.ts';
import type { ClinicContext } from './clinicContext.ts';
import { noteActivity, standingNow, toIdleLock } from './idleLock.ts';
import { hashToken } from './opaqueToken.ts';
import { staffSessionTable, staffTable } from './schema.ts';

/** A session's token, and the roles of its holder that permit what is asked, as the policies decided for this very request. */
export interface StaffPass {
  readonly token: string;
  readonly roles: readonly StaffRole[];
  /** As it was read to decide; null where it is to be read again, as where something waits before it is done. */
  readonly holder: SessionHolder | null;
}

/** A member of staff whose session was checked for this very request. */
export interface SignedInStaff {
  readonly id: StaffId;
  readonly name: string;
  /** Those that permit what is asked (`StaffPass`), and no other that they hold. */
  readonly roles: readonly StaffRole[];
  readonly session: SessionId;
  readonly isLocked: boolean;
}

/** Of whom a session is. The role is what they are called; it decides nothing. */
export interface SessionHolder {
  readonly id: StaffId;
  readonly name: string;
  readonly role: StaffRole;
  /** Whether none of their roles is in force until that is lifted. */
  readonly isSuspended: boolean;
  readonly session: SessionId;
  readonly method: SignInMethod;
  /** Null where no passkey began it or came to it. */
  readonly passkeyAt: Date | null;
  /** Which browser it is in. */
  readonly deviceHash: Uint8Array | null;
  readonly activeAt: Date;
  readonly isLocked: boolean;
  readonly expiresAt: Date;
}

/**
 * Whether the policies take a session for one that a passkey began. Where the clinic tries things out without passkeys
 * (`passwordSessions`), one that a password alone began passes for it, for as long as it lives, also after its owner has made a
 * passkey.
 */
export const isAsByPasskey = (
  { passwordSessions }: Pick<ClinicContext, 'passwordSessions'>,
  { method, passkeyAt }: Pick<SessionHolder, 'method' | 'passkeyAt'>,
): boolean => passkeyAt !== null || (method === 'password' && passwordSessions === 'full');

/** So long a passkey counts as shown just now. */
const justNowMs = 5 * 60_000;

/** Whether a passkey came to a session just now: one that was left open has an old one. */
export const hasFreshPasskey = ({ now }: Pick<ClinicContext, 'now'>, { passkeyAt }: Pick<SessionHolder, 'passkeyAt'>) =>
  // A clock that was set back makes no old one new.
  passkeyAt !== null && Math.abs(now().getTime() - passkeyAt.getTime()) <= justNowMs;

/** As `isAsByPasskey`, and by a passkey that was shown just now, where there is one. */
export const isAsByFreshPasskey = (
  context: Pick<ClinicContext, 'now' | 'passwordSessions'>,
  holder: Pick<SessionHolder, 'method' | 'passkeyAt'>,
): boolean => (holder.passkeyAt === null ? isAsByPasskey(context, holder) : hasFreshPasskey(context, holder));

export const toSession = async (
  context: ClinicContext,
  holder: Omit<SessionHolder, 'session' | 'deviceHash' | 'isSuspended'>,
): Promise<StaffSession> => {
  const { id, name, role, method, expiresAt } = holder;
  return {
    staff: { id, name, role, ...(await rolesHeld(context, id)) },
    method,
    mayHost: isAsByPasskey(context, holder),
    idleLock: toIdleLock(context, holder),
    expiresAt: expiresAt.toISOString(),
  };
};

/** What is read of a session and its holder, from both their tables. */
export const holderColumns = {
  id: staffTable.id,
  name: staffTable.name,
  role: staffTable.role,
  suspendedAt: staffTable.suspendedAt,
  disabledAt: staffTable.disabledAt,
  session: staffSessionTable.id,
  method: staffSessionTable.method,
  passkeyAt: staffSessionTable.passkeyAt,
  deviceHash: staffSessionTable.deviceHash,
  activeAt: staffSessionTable.activeAt,
  lockedAt: staffSessionTable.lockedAt,
  expiresAt: staffSessionTable.expiresAt,
};

/** Of a session of this clinic that is alive, and of nobody who was let go. */
export const isHeldBy = (clinicId: ClinicId, tokenHash: Uint8Array | Placeholder, now: Date | Placeholder) =>
  and(
    eq(staffSessionTable.tokenHash, tokenHash),
    gt(staffSessionTable.expiresAt, now),
    isNull(staffSessionTable.revokedAt),
    isNotLetGo,
    eq(staffTable.clinicId, clinicId),
  );

type HolderRow = SelectResultFields<typeof holderColumns>;

/** As the row was just read: one found idle is locked by that. */
export const toHolder = async (context: ClinicContext, row: HolderRow): Promise<SessionHolder> => ({
  ...row,
  isSuspended: row.suspendedAt !== null,
  ...(await standingNow(context, row)),
});

/** Whose cookie it is; undefined without a session that is alive, and for who was let go. */
export async function findSessionHolder(
  context: ClinicContext,
  token: string | undefined,
): Promise<SessionHolder | undefined> {
  if (token === undefined) return undefined;
  const [row] = await context.database
    .select(holderColumns)
    .from(staffSessionTable)
    .innerJoin(staffTable, eq(staffTable.id, staffSessionTable.staffId))
    .where(isHeldBy(context.clinicId, hashToken(token), context.now()));
  return row && toHolder(context, row);
}

/** The member of staff whose session it is, with the roles that permit what is asked; undefined without a session. */
export async function findStaff(
  context: ClinicContext,
  pass: StaffPass | undefined,
): Promise<SignedInStaff | undefined> {
  const holder = pass?.holder ?? (await findSessionHolder(context, pass?.token));
  if (holder === undefined || pass === undefined) return undefined;
  const { id, name, session, isLocked } = holder;
  return { id, name, session, isLocked, roles: pass.roles };
}

/**
 * Does something for whom a role of a physician permits it, since only physicians have visits; `forbidden` where another of
 * their roles does, `unauthenticated` without a session.
 */
export async function asPhysician<T>(
  context: ClinicContext,
  pass: StaffPass | undefined,
  act: (physician: SignedInStaff) => Promise<Result<T>>,
): Promise<Result<T>> {
  const staff = await findStaff(context, pass);
  if (staff === undefined) return refused('unauthenticated');
  return staff.roles.includes('physician') ? act(staff) : refused('forbidden');
}

/**
 * Does something about the account whose session it is, whatever its roles and also while that is locked;
 * `unauthenticated` without one. Counted like every other request of a person: no policy is asked here, which would do that.
 */
export async function asLockableHolder<T>(
  context: ClinicContext,
  token: string | undefined,
  act: (holder: SessionHolder) => Promise<Result<T>>,
): Promise<Result<T>> {
  const holder = await findSessionHolder(context, token);
  if (holder === undefined) return refused('unauthenticated');
  const taken = await context.limits.requestsByPerson.take(`staff:${holder.id}`);
  return taken.ok ? act(holder) : taken;
}

/**
 * As `asLockableHolder`; `locked` while it is, and `forbidden` while its holder is suspended: their account is nothing that an
 * emergency or a live visit takes, and who made them look unusual would stay by it once that is lifted.
 */
export const asHolder = <T>(
  context: ClinicContext,
  token: string | undefined,
  act: (holder: SessionHolder) => Promise<Result<T>>,
): Promise<Result<T>> =>
  asLockableHolder(context, token, async (holder) => {
    if (holder.isLocked) return refused('locked');
    return holder.isSuspended ? refused('forbidden') : act(holder);
  });

/**
 * Takes one's turn among all who change the clinic's people (`takeTurn`), for somebody whose session was checked before; `unauthenticated`
 * where it is over, or they are suspended, meanwhile.
 */
export async function takeTurnAs(
  context: ClinicContext & { readonly database: Transaction },
  token: string | undefined,
  { session }: Pick<SessionHolder, 'session'>,
): Promise<Result<undefined>> {
  await takeTurn(context);
  const holder = await findSessionHolder(context, token);
  return holder?.session === session && !holder.isSuspended ? accepted(undefined) : refused('unauthenticated');
}

/** Who is signed in, and until when. */
export async function readSession(context: ClinicContext, token: string | undefined): Promise<Result<StaffSession>> {
  const holder = await findSessionHolder(context, token);
  return holder ? accepted(await toSession(context, holder)) : refused('unauthenticated');
}

/** Takes a browser's word for when somebody last did something there (`noteActivity`), and tells how the session stands. */
export const reportActivity = (
  context: ClinicContext,
  token: string | undefined,
  { idleSeconds }: ActivityReport,
): Promise<Result<IdleLock>> =>
  asLockableHolder(context, token, async ({ session }) => {
    await noteActivity(context, session, idleSeconds);
    const holder = await findSessionHolder(context, token);
    return holder ? accepted(toIdleLock(context, holder)) : refused('unauthenticated');
  });

/** Ends the session for good, wherever its cookie has been copied to. Without one there is nothing to end. */
export async function signOut({ database, now }: ClinicContext, token: string | undefined): Promise<Result<undefined>> {
  if (token !== undefined) {
    await database
      .update(staffSessionTable)
      .set({ revokedAt: now() })
      .where(and(eq(staffSessionTable.tokenHash, hashToken(token)), isNull(staffSessionTable.revokedAt)));
  }
  return accepted(undefined);
}
