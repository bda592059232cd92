import type { signInRequest } from '@sotto/protocol/clinic';
import type { StaffId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { SignInStep } from '@sotto/protocol/signIn';
import { and, eq, isNull } from 'drizzle-orm';
import type * as z from 'zod';
import { type Arrival, type BegunSession, beginSession } from './beginSession.ts';
import type { ClinicContext } from './clinicContext.ts';
import { verifyPassword } from './password.ts';
import { takeRecoveryCode } from './recoveryCodes.ts';
import { staffTable } from './schema.ts';
import { hasLivingPasskey, type LoggedSignInContext, type SignInContext } from './staffPasskeys.ts';
import { takeTotp, totpState } from './totp.ts';

/** A session, or what is missing to one. */
export type PasswordOutcome =
  | ({ readonly tag: 'begun' } & BegunSession)
  | { readonly tag: 'step'; readonly step: SignInStep };

async function checkPassword(context: LoggedSignInContext, email: string, password: string) {
  const [row] = await context.database
    .select({ id: staffTable.id, name: staffTable.name, role: staffTable.role, hash: staffTable.passwordHash })
    .from(staffTable)
    .where(and(eq(staffTable.clinicId, context.clinicId), eq(staffTable.email, email), isNull(staffTable.disabledAt)));
  if (await verifyPassword(password, row?.hash)) return row;
  if (row !== undefined) context.log.info('signInRefused', { staffId: row.id, reason: 'password' });
  return undefined;
}

/** Whether it is the password of somebody who has signed in. */
export async function isPasswordOf({ database }: ClinicContext, staff: StaffId, password: string): Promise<boolean> {
  const [row] = await database
    .select({ hash: staffTable.passwordHash })
    .from(staffTable)
    .where(eq(staffTable.id, staff));
  return verifyPassword(password, row?.hash);
}

/** What somebody signs in with. No password: who began their account through the clinic's provider, before they choose one. */
export async function credentialsOf({ database }: ClinicContext, staff: StaffId) {
  const [row] = await database
    .select({ email: staffTable.email, hash: staffTable.passwordHash })
    .from(staffTable)
    .where(eq(staffTable.id, staff));
  return { email: row?.email ?? '', hasPassword: typeof row?.hash === 'string' };
}

/**
 * Signs in with e-mail and password: by these alone only somebody who has neither a passkey that counts nor an authenticator
 * app. In 15 minutes at most 10 failures an account from one address, 50 an address, and 500 an account from everywhere
 * together, so that a stranger who fails doesn't keep the owner out. An unknown address and a wrong password can't be told
 * apart, nor by time. The caller's session before this one ends.
 */
export async function signIn(
  context: LoggedSignInContext,
  { email: typed, password, code }: z.infer<typeof signInRequest>,
  arrival: Arrival,
): Promise<Result<PasswordOutcome>> {
  const { limits } = context;
  const email = typed.toLowerCase();
  const here = `${arrival.address} ${email}`;
  const counted = [
    [limits.signInByAddress, arrival.address],
    [limits.signInByAccountAndAddress, here],
    [limits.signInByAccount, email],
  ] as const;
  for (const [limit, key] of counted) {
    const taken = await limit.take(key);
    if (!taken.ok) return taken;
  }
  const staff = await checkPassword(context, email, password);
  if (!staff) return refused('unauthenticated');
  await Promise.all(counted.map(([limit, key]) => limit.giveBack(key)));
  const method = await secondFactor(context, staff.id, code);
  if (!method.ok) return method;
  if (typeof method.value === 'object') {
    const { needs, isWrong } = method.value;
    context.log.info('signInRefused', { staffId: staff.id, reason: isWrong ? 'wrongCode' : `${needs}Missing` });
    return accepted({ tag: 'step', step: method.value });
  }
  context.log.info('signedIn', { staffId: staff.id, reason: method.value });
  return accepted({ tag: 'begun', ...(await beginSession(context, staff, method.value, arrival)) });
}

/** By what a session begins beside a right password, or what is missing to it. */
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
