import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { NewTotp, RecoveryCodes, SecondFactors } from '@sotto/protocol/signIn';
import { countRecoveryCodes, makeRecoveryCodes, removeRecoveryCodes } from './recoveryCodes.ts';
import { hasLivingPasskey, type SignInContext } from './staffPasskeys.ts';
import { findSessionHolder, type SessionHolder } from './staffSession.ts';
import { confirmTotp, makeTotp, removeTotp, totpState } from './totp.ts';

/** Does something for whose session it is; `unauthenticated` without one. */
async function asHolder<T>(
  context: SignInContext,
  token: string | undefined,
  act: (holder: SessionHolder) => Promise<Result<T>>,
): Promise<Result<T>> {
  const holder = await findSessionHolder(context, token);
  return holder === undefined ? refused('unauthenticated') : act(holder);
}

/**
 * Whether a session may change how its owner signs in: one that a password alone began may as long as there is nothing more than
 * the password, since whoever has stolen that, or the session, would otherwise keep the owner out.
 */
async function mayChange(context: SignInContext, { id, method, passkeyAt }: SessionHolder): Promise<Result<undefined>> {
  if (passkeyAt !== null || method !== 'password') return accepted(undefined);
  if ((await totpState(context, id)) === 'on') return refused('forbidden');
  const hasPasskey = await hasLivingPasskey(context, id);
  if (!hasPasskey.ok) return hasPasskey;
  return hasPasskey.value ? refused('forbidden') : accepted(undefined);
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

/** What whoever asks has beside their password. */
export const readFactors = (context: SignInContext, token: string | undefined): Promise<Result<SecondFactors>> =>
  asHolder(context, token, async ({ id }) =>
    accepted({ totp: await totpState(context, id), recoveryCodes: await countRecoveryCodes(context, id) }),
  );

/** Makes a secret for an authenticator app. */
export const beginTotp = (context: SignInContext, token: string | undefined): Promise<Result<NewTotp>> =>
  asChanger(context, token, async (holder) => accepted(await makeTotp(context, holder)));

/** Has it count, and gives out recovery codes; `wrongState` for a code that isn't one of it. */
export const finishTotp = (
  context: SignInContext,
  token: string | undefined,
  code: string,
): Promise<Result<RecoveryCodes>> =>
  asChanger(context, token, async ({ id }) => {
    const taken = await context.limits.secondFactors.take(id);
    if (!taken.ok) return taken;
    if (!(await confirmTotp(context, id, code))) return refused('wrongState');
    await context.limits.secondFactors.giveBack(id);
    return accepted({ codes: await makeRecoveryCodes(context, id) });
  });

/** Asks for no codes any more, and forgets the recovery codes with them. */
export const endTotp = (context: SignInContext, token: string | undefined): Promise<Result<undefined>> =>
  asChanger(context, token, async ({ id }) => {
    await removeTotp(context, id);
    await removeRecoveryCodes(context, id);
    return accepted(undefined);
  });

/** Gives out ten other codes; `wrongState` where nothing takes them. */
export const renewRecoveryCodes = (context: SignInContext, token: string | undefined): Promise<Result<RecoveryCodes>> =>
  asChanger(context, token, async ({ id }) =>
    (await totpState(context, id)) === 'on'
      ? accepted({ codes: await makeRecoveryCodes(context, id) })
      : refused('wrongState'),
  );
