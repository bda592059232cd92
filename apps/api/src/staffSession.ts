import type { StaffRole, StaffSession, signInRequest } from '@sotto/protocol/clinic';
import { type SessionId, type StaffId, sessionId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { and, eq, gt, isNull, lte } from 'drizzle-orm';
import type * as z from 'zod';
import { rolesHeld } from './access/roleAssignment.ts';
import { type ClinicContext, hoursAfter, staffSessionHours } from './clinicContext.ts';
import { hashToken, newId, newToken } from './opaqueToken.ts';
import { verifyPassword } from './password.ts';
import { staffSessionTable, staffTable } from './schema.ts';

/** A session's token, and the roles of its holder that permit what is asked, as the policies decided for this very request. */
export interface StaffPass {
  readonly token: string;
  readonly roles: readonly StaffRole[];
}

/** A member of staff whose session was checked for this very request. */
export interface SignedInStaff {
  readonly id: StaffId;
  readonly name: string;
  /** Those that permit what is asked (`StaffPass`), and no other that they hold. */
  readonly roles: readonly StaffRole[];
  readonly session: SessionId;
}

/** Of whom a session is. The role is what they are called; it decides nothing. */
interface SessionHolder {
  readonly id: StaffId;
  readonly name: string;
  readonly role: StaffRole;
  readonly session: SessionId;
  readonly expiresAt: Date;
}

const toSession = async (
  context: ClinicContext,
  { id, name, role, expiresAt }: Omit<SessionHolder, 'session'>,
): Promise<StaffSession> => ({
  staff: { id, name, role, roles: await rolesHeld(context, id) },
  expiresAt: expiresAt.toISOString(),
});

async function checkPassword(context: ClinicContext, email: string, password: string) {
  const [row] = await context.database
    .select({ id: staffTable.id, name: staffTable.name, role: staffTable.role, hash: staffTable.passwordHash })
    .from(staffTable)
    .where(and(eq(staffTable.clinicId, context.clinicId), eq(staffTable.email, email), isNull(staffTable.disabledAt)));
  return (await verifyPassword(password, row?.hash)) ? row : undefined;
}

/**
 * Signs in with e-mail and password. In 15 minutes at most 10 failures an account from one address, 50 an address, and
 * 500 an account from everywhere together, so that a stranger who fails doesn't keep the owner out. An unknown
 * address and a wrong password can't be told apart, nor by time. The caller's session before this one ends.
 *
 * @param address key of the network address (`addressKey`)
 * @param former the caller's cookie, if any
 */
export async function signIn(
  context: ClinicContext,
  { email: typed, password }: z.infer<typeof signInRequest>,
  address: string,
  former: string | undefined,
): Promise<Result<{ session: StaffSession; token: string }>> {
  const { database, limits, now } = context;
  const email = typed.toLowerCase();
  const byAddress = await limits.signInByAddress.take(address);
  if (!byAddress.ok) return byAddress;
  const here = `${address} ${email}`;
  const byBoth = await limits.signInByAccountAndAddress.take(here);
  if (!byBoth.ok) return byBoth;
  const byAccount = await limits.signInByAccount.take(email);
  if (!byAccount.ok) return byAccount;

  const staff = await checkPassword(context, email, password);
  if (!staff) return refused('unauthenticated');
  await Promise.all([
    limits.signInByAddress.giveBack(address),
    limits.signInByAccountAndAddress.giveBack(here),
    limits.signInByAccount.giveBack(email),
  ]);

  const createdAt = now();
  const expiresAt = hoursAfter(createdAt, staffSessionHours);
  const token = newToken();
  await database.transaction(async (transaction) => {
    await transaction
      .delete(staffSessionTable)
      .where(and(eq(staffSessionTable.staffId, staff.id), lte(staffSessionTable.expiresAt, createdAt)));
    if (former !== undefined) {
      await transaction
        .update(staffSessionTable)
        .set({ revokedAt: createdAt })
        .where(and(eq(staffSessionTable.tokenHash, hashToken(former)), isNull(staffSessionTable.revokedAt)));
    }
    await transaction
      .insert(staffSessionTable)
      .values({ tokenHash: hashToken(token), id: newId(sessionId), staffId: staff.id, createdAt, expiresAt });
  });
  return accepted({ session: await toSession(context, { ...staff, expiresAt }), token });
}

/** Whose cookie it is; undefined without a session that is alive and whose account is enabled. */
export async function findSessionHolder(
  { database, clinicId, now }: ClinicContext,
  token: string | undefined,
): Promise<SessionHolder | undefined> {
  if (token === undefined) return undefined;
  const [staff] = await database
    .select({
      id: staffTable.id,
      name: staffTable.name,
      role: staffTable.role,
      session: staffSessionTable.id,
      expiresAt: staffSessionTable.expiresAt,
    })
    .from(staffSessionTable)
    .innerJoin(staffTable, eq(staffTable.id, staffSessionTable.staffId))
    .where(
      and(
        eq(staffSessionTable.tokenHash, hashToken(token)),
        gt(staffSessionTable.expiresAt, now()),
        isNull(staffSessionTable.revokedAt),
        isNull(staffTable.disabledAt),
        eq(staffTable.clinicId, clinicId),
      ),
    );
  return staff;
}

/** The member of staff whose session it is, with the roles that permit what is asked; undefined without a session. */
export async function findStaff(
  context: ClinicContext,
  pass: StaffPass | undefined,
): Promise<SignedInStaff | undefined> {
  const holder = await findSessionHolder(context, pass?.token);
  if (holder === undefined || pass === undefined) return undefined;
  const { id, name, session } = holder;
  return { id, name, session, roles: pass.roles };
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

/** Who is signed in, and until when. */
export async function readSession(context: ClinicContext, token: string | undefined): Promise<Result<StaffSession>> {
  const holder = await findSessionHolder(context, token);
  return holder ? accepted(await toSession(context, holder)) : refused('unauthenticated');
}

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
