import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { FactorProof, NewTotp, RecoveryCodes, SecondFactors } from '@sotto/protocol/signIn';
import type { InOne } from './audit/inOne.ts';
import { endOtherPasswordSessions } from './ownSessions.ts';
import { isPasswordOf } from './passwordSignIn.ts';
import { countRecoveryCodes, makeRecoveryCodes, removeRecoveryCodes } from './recoveryCodes.ts';
import { hasLivingPasskey, type SignInContext } from './staffPasskeys.ts';
import { asHolder, type SessionHolder } from './staffSession.ts';
import { confirmTotp, makeTotp, removeTotp, totpState } from './totp.ts';

/**
 * Whether a session may change how its owner signs in: one that a password alone began may as long as there is nothing more than
 * the password, since whoever has stolen that, or the session, would otherwise keep the owner out.
 */
async function mayChange(context: SignInContext, { id, method, passkeyAt }: SessionHolder): Promise<Result<undefined>> {
  if (passkeyAt !== null || method !== 'password') return accepted(undefined);
  if ((await totpState(context, id)) === 'on') return refused('forbidden');
  const taken = await context.limits.readings.take(id);
  if (!taken.ok) return taken;
  const hasPasskey = await hasLivingPasskey(context, id);
  if (!hasPasskey.ok) return hasPasskey;
  return hasPasskey.value ? refused('forbidden') : accepted(undefined);
}

/**
 * Whether somebody shows now that the account is theirs: whoever comes by a session that was left open knows no password.
 * Ten wrong ones a session in 15 minutes: of the session, not of the account, so that its thief doesn't keep the owner out.
 */
async function isProven(
  context: SignInContext,
  { id, session, passkeyAt }: SessionHolder,
  { password }: FactorProof,
): Promise<Result<undefined>> {
  if (passkeyAt !== null) return accepted(undefined);
  if (password === null) return refused('forbidden');
  const taken = await context.limits.ownPasswords.take(session);
  if (!taken.ok) return taken;
  if (!(await isPasswordOf(context, id, password))) return refused('wrongState');
  await context.limits.ownPasswords.giveBack(session);
  return accepted(undefined);
}

/** What changes how somebody signs in: recorded with the change. */
interface ChangingContext extends SignInContext {
  readonly inOne: InOne;
}

const asChanger = <T>(
  context: SignInContext,
  token: string | undefined,
  act: (holder: SessionHolder) => Promise<Result<T>>,
): Promise<Result<T>> =>
  asHolder(context, token, async (holder) => {
    const may = await mayChange(context, holder);
    return may.ok ? act(holder) : may;
  });

const asProven = <T>(
  context: SignInContext,
  token: string | undefined,
  proof: FactorProof,
  act: (holder: SessionHolder) => Promise<Result<T>>,
): Promise<Result<T>> =>
  asChanger(context, token, async (holder) => {
    const proven = await isProven(context, holder, proof);
    return proven.ok ? act(holder) : proven;
  });

/** What whoever asks has beside their password. */
export const readFactors = (context: SignInContext, token: string | undefined): Promise<Result<SecondFactors>> =>
  asHolder(context, token, async ({ id, passkeyAt }) =>
    accepted({
      totp: await totpState(context, id),
      recoveryCodes: await countRecoveryCodes(context, id),
      needsPassword: passkeyAt === null,
    }),
  );

/** Makes a secret for an authenticator app. */
export const beginTotp = (
  context: ChangingContext,
  token: string | undefined,
  proof: FactorProof,
): Promise<Result<NewTotp>> =>
  asProven(context, token, proof, (holder) =>
    context.inOne(async (database) => accepted(await makeTotp({ ...context, database }, holder))),
  );

/**
 * Has it count, gives out recovery codes, and ends the account's other sessions that a password alone began; `wrongState` for a
 * code that isn't one of it. Whoever knows the secret has proven themselves when it was made.
 */
export const finishTotp = (
  context: ChangingContext,
  token: string | undefined,
  code: string,
): Promise<Result<RecoveryCodes>> =>
  asChanger(context, token, async (holder) => {
    const { id } = holder;
    const taken = await context.limits.secondFactors.take(id);
    if (!taken.ok) return taken;
    const finished = await context.inOne(async (database): Promise<Result<RecoveryCodes>> => {
      if (!(await confirmTotp({ ...context, database }, id, code))) return refused('wrongState');
      await endOtherPasswordSessions({ ...context, database }, holder);
      const codes = await makeRecoveryCodes(database, id);
      return codes === null ? refused('wrongState') : accepted({ codes });
    });
    if (finished.ok) await context.limits.secondFactors.giveBack(id);
    return finished;
  });

/** Asks for no codes any more, and forgets the recovery codes with them. */
export const endTotp = (
  context: ChangingContext,
  token: string | undefined,
  proof: FactorProof,
): Promise<Result<undefined>> =>
  asProven(context, token, proof, ({ id }) =>
    context.inOne(async (transaction) => {
      await removeTotp(transaction, id);
      await removeRecoveryCodes(transaction, id);
      return accepted(undefined);
    }),
  );

/** Gives out ten other codes; `notFound` where nothing takes them. */
export const renewRecoveryCodes = (
  context: ChangingContext,
  token: string | undefined,
  proof: FactorProof,
): Promise<Result<RecoveryCodes>> =>
  asProven(context, token, proof, ({ id }) =>
    context.inOne(async (transaction): Promise<Result<RecoveryCodes>> => {
      const codes = await makeRecoveryCodes(transaction, id);
      return codes === null ? refused('notFound') : accepted({ codes });
    }),
  );
