import type { StaffRole, StaffSession, signInRequest } from '@sotto/protocol/clinic';
import { type SessionId, type StaffId, sessionId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { and, eq, gt, isNull, lte } from 'drizzle-orm';
import type * as z from 'zod';
import { type ClinicContext, hoursAfter, staffSessionHours } from './clinicContext.ts';
import { hashToken, newId, newToken } from './opaqueToken.ts';
import { verifyPassword } from './password.ts';
import { staffSessionTable, staffTable } from './schema.ts';

/** A member of staff whose session was checked for this very request. */
export interface SignedInStaff {
  readonly id: StaffId;
  readonly name: string;
  readonly role: StaffRole;
  readonly session: SessionId;
  readonly expiresAt: Date;
}

const toSession = ({ id, name, role, expiresAt }: Omit<SignedInStaff, 'session'>): StaffSession => ({
  staff: { id, name, role },
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
  return accepted({ session: toSession({ ...staff, expiresAt }), token });
}

/**
 * The member of staff whose cookie it is; undefined without a session that is alive and whose account is enabled.
 *
 * @param token the cookie's value
 */
export async function findStaff(
  { database, clinicId, now }: ClinicContext,
  token: string | undefined,
): Promise<SignedInStaff | undefined> {
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

/** Does something as the member of staff whose cookie it is; `unauthenticated` if it's nobody's. */
async function asStaff<T>(
  context: ClinicContext,
  token: string | undefined,
  act: (staff: SignedInStaff) => Promise<Result<T>>,
): Promise<Result<T>> {
  const staff = await findStaff(context, token);
  return staff ? act(staff) : refused('unauthenticated');
}

/** A member of staff who may have visits. */
export type SignedInPhysician = SignedInStaff & { readonly role: 'physician' };

const isPhysician = (staff: SignedInStaff): staff is SignedInPhysician => staff.role === 'physician';

/** As `asStaff`, for what only physicians do: anybody else's session is `forbidden`. */
export const asPhysician = <T>(
  context: ClinicContext,
  token: string | undefined,
  act: (physician: SignedInPhysician) => Promise<Result<T>>,
): Promise<Result<T>> =>
  asStaff(context, token, async (staff) => (isPhysician(staff) ? act(staff) : refused('forbidden')));

/** Who is signed in, and until when. */
export const readSession = (context: ClinicContext, token: string | undefined): Promise<Result<StaffSession>> =>
  asStaff(context, token, async (staff) => accepted(toSession(staff)));

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
