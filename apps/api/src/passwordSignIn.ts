import type { SignInMethod, StaffSession, signInRequest } from '@sotto/protocol/clinic';
import type { StaffId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { SignInStep, UnlockRequest } from '@sotto/protocol/signIn';
import { and, eq } from 'drizzle-orm';
import type * as z from 'zod';
import { isEnabled } from './accountStanding.ts';
import type { InOne } from './audit/inOne.ts';
import { type Arrival, type BegunSession, beginSession, type SignInRecord } from './beginSession.ts';
import type { ClinicContext } from './clinicContext.ts';
import { unlockedAt } from './idleLock.ts';
import { verifyPassword } from './password.ts';
import { takeRecoveryCode } from './recoveryCodes.ts';
import { staffSessionTable, staffTable } from './schema.ts';
import { hasLivingPasskey, type LoggedSignInContext, type SignInContext } from './staffPasskeys.ts';
import { asLockableHolder, type SessionHolder, toSession } from './staffSession.ts';
import { takeTotp, totpState } from './totp.ts';

/** A session, or what is missing to one. */
export type PasswordOutcome =
  | ({ readonly tag: 'begun' } & BegunSession)
  | { readonly tag: 'step'; readonly step: SignInStep };

async function checkPassword(
  context: LoggedSignInContext,
  { email, password }: { readonly email: string; readonly password: string },
  record: Pick<SignInRecord, 'tried'>,
) {
  const [row] = await context.database
    .select({ id: staffTable.id, name: staffTable.name, role: staffTable.role, hash: staffTable.passwordHash })
    .from(staffTable)
    .where(and(eq(staffTable.clinicId, context.clinicId), eq(staffTable.email, email), isEnabled));
  if (row !== undefined) record.tried(row.id);
  if ((await verifyPassword(password, row?.hash)) && typeof row?.hash === 'string') return { ...row, hash: row.hash };
  if (row !== undefined) context.log.info('signInRefused', { staffId: row.id, reason: 'password' });
  return undefined;
}

/** The hash of a password of somebody who has signed in; undefined for one that isn't theirs. */
export async function verifiedHash(
  { database }: ClinicContext,
  staff: StaffId,
  password: string,
): Promise<string | undefined> {
  const [row] = await database
    .select({ hash: staffTable.passwordHash })
    .from(staffTable)
    .where(eq(staffTable.id, staff));
  return (await verifyPassword(password, row?.hash)) ? (row?.hash ?? undefined) : undefined;
}

/** What somebody signs in with. No password: who began their account through the clinic's provider, before they choose one. */
export async function credentialsOf({ database }: ClinicContext, staff: StaffId) {
  const [row] = await database
    .select({ email: staffTable.email, hash: staffTable.passwordHash })
    .from(staffTable)
    .where(eq(staffTable.id, staff));
  return { email: row?.email ?? '', hasPassword: typeof row?.hash === 'string' };
}

/** Where a password comes from, and what is told whose it is tried as. */
interface PasswordAttempt extends Pick<Arrival, 'address'> {
  readonly record: Pick<SignInRecord, 'tried'>;
}

/** Who has shown a password with what goes with it, and what that was; or what is missing to it. */
type Proven =
  | {
      readonly tag: 'proven';
      readonly staff: Pick<SessionHolder, 'id' | 'name' | 'role'>;
      readonly method: SignInMethod;
      /** That the password was verified against. */
      readonly hash: string;
    }
  | { readonly tag: 'step'; readonly step: SignInStep };

/**
 * Takes a password: by it alone only of somebody who has neither a passkey that counts nor an authenticator app. In 15 minutes at
 * most 10 failures an account from one address, 50 an address, and 500 an account from everywhere together, so that a stranger who
 * fails doesn't keep the owner out. An unknown address and a wrong password can't be told apart, nor by time.
 */
async function provePassword(
  context: LoggedSignInContext,
  { email: typed, password, code }: z.infer<typeof signInRequest>,
  { address, record }: PasswordAttempt,
): Promise<Result<Proven>> {
  const { limits } = context;
  const email = typed.toLowerCase();
  const here = `${address} ${email}`;
  const counted = [
    [limits.signInByAddress, address],
    [limits.signInByAccountAndAddress, here],
    [limits.signInByAccount, email],
  ] as const;
  for (const [limit, key] of counted) {
    const taken = await limit.take(key);
    if (!taken.ok) return taken;
  }
  const staff = await checkPassword(context, { email, password }, record);
  if (!staff) return refused('unauthenticated');
  await Promise.all(counted.map(([limit, key]) => limit.giveBack(key)));
  const method = await secondFactor(context, staff.id, code);
  if (!method.ok) return method;
  if (typeof method.value === 'object') {
    const { needs, isWrong } = method.value;
    context.log.info('signInRefused', { staffId: staff.id, reason: isWrong ? 'wrongCode' : `${needs}Missing` });
    return accepted({ tag: 'step', step: method.value });
  }
  const { hash, ...of } = staff;
  return accepted({ tag: 'proven', staff: of, method: method.value, hash });
}

/** Signs in with e-mail and password (`provePassword`). The caller's session before this one ends. */
export async function signIn(
  context: LoggedSignInContext,
  request: z.infer<typeof signInRequest>,
  arrival: Arrival,
): Promise<Result<PasswordOutcome>> {
  const proven = await provePassword(context, request, arrival);
  if (!proven.ok) return proven;
  if (proven.value.tag === 'step') return accepted(proven.value);
  const { staff, method, hash } = proven.value;
  const begun = await beginSession(context, staff, method, arrival, { by: 'password', hash });
  if (!begun.ok) return begun;
  context.log.info('signedIn', { staffId: staff.id, reason: method });
  return accepted({ tag: 'begun', ...begun.value });
}

/** Who tries to unlock a session, and what records that. */
export interface UnlockAttempt extends PasswordAttempt {
  readonly inOne: InOne;
}

/**
 * Unlocks a session to which no passkey came, by its holder's password (`provePassword`); `wrongState` for a wrong one. One to
 * which a passkey came takes that.
 *
 * @param from where it is tried from, and what records it
 */
export const unlockByPassword = (
  context: LoggedSignInContext,
  token: string | undefined,
  request: UnlockRequest,
  from: UnlockAttempt,
): Promise<Result<StaffSession | SignInStep>> =>
  asLockableHolder<StaffSession | SignInStep>(context, token, async (holder) => {
    const { database, now } = context;
    if (holder.passkeyAt !== null) return accepted({ needs: 'passkey', isWrong: false });
    const [account] = await database
      .select({ email: staffTable.email })
      .from(staffTable)
      .where(eq(staffTable.id, holder.id));
    if (account === undefined) return refused('unauthenticated');
    const proven = await provePassword(context, { ...request, ...account }, from);
    if (!proven.ok) return proven.code === 'unauthenticated' ? refused('wrongState') : proven;
    if (proven.value.tag === 'step') return accepted(proven.value.step);
    const open = unlockedAt(now());
    const unlocked = await from.inOne(async (transaction) => {
      await transaction.update(staffSessionTable).set(open).where(eq(staffSessionTable.id, holder.session));
      return accepted(undefined);
    });
    if (!unlocked.ok) return unlocked;
    context.log.info('unlocked', { staffId: holder.id, reason: proven.value.method });
    return accepted(await toSession(context, { ...holder, activeAt: open.activeAt, isLocked: false }));
  });

/** By what a session begins beside a right password, or what is missing to it. Ten wrong codes an account in 15 minutes. */
async function secondFactor(
  context: SignInContext,
  staff: StaffId,
  code: string | undefined,
): Promise<Result<'password' | 'totp' | 'recovery' | SignInStep>> {
  if ((await totpState(context, staff)) !== 'on') {
    const hasPasskey = await hasLivingPasskey(context, staff);
    if (!hasPasskey.ok) return hasPasskey;
    return accepted(hasPasskey.value ? { needs: 'passkey', isWrong: false } : 'password');
  }
  if (code === undefined) return accepted({ needs: 'code', isWrong: false });
  const taken = await takeCode(context, staff, code);
  if (!taken.ok) return taken;
  return accepted(taken.value ?? { needs: 'code', isWrong: true });
}

/** Takes a code of somebody's app, or a recovery code; null for a wrong one, of which there are ten an account in 15 minutes. */
export async function takeCode(
  context: ClinicContext,
  staff: StaffId,
  code: string,
): Promise<Result<'totp' | 'recovery' | null>> {
  const taken = await context.limits.secondFactors.take(staff);
  if (!taken.ok) return taken;
  const isOfApp = /^\d{6}$/.test(code);
  const isRight = isOfApp ? await takeTotp(context, staff, code) : await takeRecoveryCode(context, staff, code);
  if (!isRight) return accepted(null);
  await context.limits.secondFactors.giveBack(staff);
  return accepted(isOfApp ? 'totp' : 'recovery');
}
