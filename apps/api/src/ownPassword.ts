import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { PasswordChange } from '@sotto/protocol/signIn';
import { eq } from 'drizzle-orm';
import { endResets } from './openInvitations.ts';
import { endOthersOf } from './ownSessions.ts';
import { hashPassword } from './password.ts';
import { credentialsOf, takeCode } from './passwordSignIn.ts';
import { staffTable } from './schema.ts';
import { type ChangingContext, hasFreshPasskey, mayChange, showsPassword } from './secondFactors.ts';
import { mailStaff } from './staffMail.ts';
import type { LoggedSignInContext } from './staffPasskeys.ts';
import { asHolder, type SessionHolder } from './staffSession.ts';
import { totpState } from './totp.ts';

type Shown = Pick<PasswordChange, 'current' | 'code'>;

/** The password that is there. Who has none yet shows a passkey just now. */
async function showsCurrent(
  context: LoggedSignInContext,
  holder: SessionHolder,
  { current }: Shown,
): Promise<Result<undefined>> {
  if ((await credentialsOf(context, holder.id)).hasPassword) return showsPassword(context, holder, current);
  return hasFreshPasskey(context, holder) ? accepted(undefined) : refused('forbidden');
}

/** What there is beside the password, shown anew: a code where there is an app. A passkey has come to the session, or there is none. */
async function showsMore(
  context: LoggedSignInContext,
  holder: SessionHolder,
  { code }: Shown,
): Promise<Result<undefined>> {
  if (holder.passkeyAt !== null) return accepted(undefined);
  if ((await totpState(context, holder.id)) !== 'on') return mayChange(context, holder);
  if (code === undefined) return refused('forbidden');
  const taken = await takeCode(context, holder.id, code);
  if (!taken.ok) return taken;
  return taken.value === null ? refused('wrongState') : accepted(undefined);
}

/** Changes the password of whoever asks: their other sessions and links to a new password are over, and they are told by mail. */
export const changePassword = (
  context: ChangingContext & LoggedSignInContext,
  token: string | undefined,
  { next, ...shown }: PasswordChange,
): Promise<Result<undefined>> =>
  asHolder(context, token, async (holder) => {
    for (const shows of [showsCurrent, showsMore]) {
      const outcome = await shows(context, holder, shown);
      if (!outcome.ok) return outcome;
    }
    const { id } = holder;
    const passwordHash = await hashPassword(next);
    const changed = await context.inOne(async (database) => {
      await database.update(staffTable).set({ passwordHash }).where(eq(staffTable.id, id));
      await endResets(database, id, context.now());
      await endOthersOf({ ...context, database }, holder);
      await mailStaff(context, database, id, 'signInChanged');
      return accepted(undefined);
    });
    if (changed.ok) context.log.info('signInChanged', { staffId: id, reason: 'password' });
    return changed;
  });
