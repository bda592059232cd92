import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { FactorProof, NewTotp, RecoveryCodes, SecondFactors } from '@sotto/protocol/signIn';
import type { Transaction } from '@sotto/service/postgres';
import type { InOne } from './audit/inOne.ts';
import type { ClinicContext } from './clinicContext.ts';
import { endOtherWeakSessions } from './ownSessions.ts';
import { credentialsOf, verifiedHash } from './passwordSignIn.ts';
import { countRecoveryCodes, makeRecoveryCodes, removeRecoveryCodes } from './recoveryCodes.ts';
import { isBound } from './staffIdentity.ts';
import { mailStaff } from './staffMail.ts';
import { hasLivingPasskey, type SignInContext } from './staffPasskeys.ts';
import { asHolder, hasFreshPasskey, type SessionHolder, takeTurnAs } from './staffSession.ts';
import { confirmTotp, makeTotp, removeTotp, totpState } from './totp.ts';

/** Whether nothing but a password, or the provider's word, began a session. */
const isByOneProof = ({ method }: Pick<SessionHolder, 'method'>) => method === 'password' || method === 'oidc';

/**
 * Whether a session may change how its owner signs in: one that a password alone or the provider began may as long as there is nothing
 * more than the password, since whoever has stolen that, or the session, would otherwise keep the owner out.
 */
export async function mayChange(
  context: SignInContext,
  { id, method, passkeyAt }: SessionHolder,
): Promise<Result<undefined>> {
  if (passkeyAt !== null || !isByOneProof({ method })) return accepted(undefined);
  if ((await totpState(context, id)) === 'on') return refused('forbidden');
  const taken = await context.limits.readings.take(id);
  if (!taken.ok) return taken;
  const hasPasskey = await hasLivingPasskey(context, id);
  if (!hasPasskey.ok) return hasPasskey;
  return hasPasskey.value ? refused('forbidden') : accepted(undefined);
}

/**
 * Whether somebody shows the account's password. Ten wrong ones a session in 15 minutes: of the session, not of the account, so that
 * its thief doesn't keep the owner out. `forbidden` where it's missing, `wrongState` for a wrong one.
 *
 * @returns the hash that it was verified against
 */
export async function showsPassword(
  context: ClinicContext,
  { id, session }: SessionHolder,
  password: string | null,
): Promise<Result<string>> {
  if (password === null) return refused('forbidden');
  const taken = await context.limits.ownPasswords.take(session);
  if (!taken.ok) return taken;
  const hash = await verifiedHash(context, id, password);
  if (hash === undefined) return refused('wrongState');
  await context.limits.ownPasswords.giveBack(session);
  return accepted(hash);
}

/** Whether somebody shows now that the account is theirs: whoever comes by a session that was left open knows no password. */
const isProven = async (
  context: SignInContext,
  holder: SessionHolder,
  { password }: FactorProof,
): Promise<Result<unknown>> =>
  holder.passkeyAt === null ? showsPassword(context, holder, password) : accepted(undefined);

/** What changes how somebody signs in: recorded with the change. */
export interface ChangingContext extends SignInContext {
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

/** Does something about how somebody signs in, for who shows that the account is theirs. */
export const asProven = <T>(
  context: SignInContext,
  token: string | undefined,
  proof: FactorProof,
  act: (holder: SessionHolder) => Promise<Result<T>>,
): Promise<Result<T>> =>
  asChanger(context, token, async (holder) => {
    const proven = await isProven(context, holder, proof);
    return proven.ok ? act(holder) : proven;
  });

/** As `asProven`, by the password or a passkey that was shown just now: for what lets somebody in by another way from then on. */
export const asJustProven = <T>(
  context: SignInContext,
  token: string | undefined,
  { password }: FactorProof,
  act: (holder: SessionHolder) => Promise<Result<T>>,
): Promise<Result<T>> =>
  asChanger(context, token, async (holder) => {
    if (hasFreshPasskey(context, holder)) return act(holder);
    const shown = await showsPassword(context, holder, password);
    return shown.ok ? act(holder) : shown;
  });

/**
 * What whoever asks has beside their password.
 *
 * @param issuer the clinic's provider; null without one
 */
export const readFactors = (
  context: SignInContext,
  token: string | undefined,
  issuer: string | null,
): Promise<Result<SecondFactors>> =>
  asHolder(context, token, async ({ id, passkeyAt }) =>
    accepted({
      totp: await totpState(context, id),
      recoveryCodes: await countRecoveryCodes(context, id),
      needsPassword: passkeyAt === null,
      hasFreshPasskey: hasFreshPasskey(context, { passkeyAt }),
      ...(await credentialsOf(context, id)),
      isBound: issuer === null ? null : await isBound(context, id, issuer),
    }),
  );

/** Changes what somebody has beside their password, told by mail; `unauthenticated` where their session is over meanwhile. */
const change = <T>(
  context: ChangingContext,
  token: string | undefined,
  holder: SessionHolder,
  act: (database: Transaction) => Promise<Result<T>>,
): Promise<Result<T>> =>
  context.inOne(async (database) => {
    const turn = await takeTurnAs({ ...context, database }, token, holder);
    if (!turn.ok) return turn;
    const changed = await act(database);
    if (changed.ok) await mailStaff(context, database, holder.id, 'signInChanged');
    return changed;
  });

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
 * Has it count, gives out recovery codes, and ends the account's other sessions that a password alone began; a mail tells of it.
 * `wrongState` for a code that isn't one of it. Whoever knows the secret has proven themselves when it was made.
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
    const finished = await change(context, token, holder, async (database): Promise<Result<RecoveryCodes>> => {
      if (!(await confirmTotp({ ...context, database }, id, code))) return refused('wrongState');
      await endOtherWeakSessions({ ...context, database }, holder);
      const codes = await makeRecoveryCodes(database, id);
      return codes === null ? refused('wrongState') : accepted({ codes });
    });
    if (finished.ok) await context.limits.secondFactors.giveBack(id);
    return finished;
  });

/** Asks for no codes any more, and forgets the recovery codes with them; a mail tells of it. */
export const endTotp = (
  context: ChangingContext,
  token: string | undefined,
  proof: FactorProof,
): Promise<Result<undefined>> =>
  asProven(context, token, proof, (holder) =>
    change(context, token, holder, async (transaction) => {
      await removeTotp(transaction, holder.id);
      await removeRecoveryCodes(transaction, holder.id);
      return accepted(undefined);
    }),
  );

/** Gives out ten other codes, which a mail tells of; `notFound` where nothing takes them. */
export const renewRecoveryCodes = (
  context: ChangingContext,
  token: string | undefined,
  proof: FactorProof,
): Promise<Result<RecoveryCodes>> =>
  asProven(context, token, proof, (holder) =>
    change(context, token, holder, async (transaction): Promise<Result<RecoveryCodes>> => {
      const codes = await makeRecoveryCodes(transaction, holder.id);
      return codes === null ? refused('notFound') : accepted({ codes });
    }),
  );
