import type { StaffId } from '@sotto/protocol/ids';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { PasswordChange } from '@sotto/protocol/signIn';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq, isNull } from 'drizzle-orm';
import { endResets } from './openInvitations.ts';
import { endOthersOf } from './ownSessions.ts';
import { hashPassword } from './password.ts';
import { credentialsOf, takeCode } from './passwordSignIn.ts';
import { staffTable } from './schema.ts';
import { type ChangingContext, mayChange, showsPassword } from './secondFactors.ts';
import { removeIdentities } from './staffIdentity.ts';
import { mailStaff } from './staffMail.ts';
import type { LoggedSignInContext } from './staffPasskeys.ts';
import { asHolder, hasFreshPasskey, type SessionHolder, takeTurnAs } from './staffSession.ts';
import { totpState } from './totp.ts';

type Shown = Pick<PasswordChange, 'current' | 'code'>;

/** The password that is there. Who has none yet shows a passkey just now. @returns the hash that there is; null for none */
async function showsCurrent(
  context: LoggedSignInContext,
  holder: SessionHolder,
  { current }: Shown,
): Promise<Result<string | null>> {
  if ((await credentialsOf(context, holder.id)).hasPassword) return showsPassword(context, holder, current);
  return hasFreshPasskey(context, holder) ? accepted(null) : refused('forbidden');
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

/** Whether it was the one that was there still. */
async function replaceHash(
  transaction: Transaction,
  staff: StaffId,
  former: string | null,
  passwordHash: string,
): Promise<boolean> {
  const isFormer = former === null ? isNull(staffTable.passwordHash) : eq(staffTable.passwordHash, former);
  const replaced = await transaction
    .update(staffTable)
    .set({ passwordHash })
    .where(and(eq(staffTable.id, staff), isFormer))
    .returning({ id: staffTable.id });
  return replaced.length > 0;
}

/**
 * Changes the password of whoever asks: their other sessions and links to a new password are over, and they are told by mail. Where
 * no passkey came to the session the clinic's provider knows them no more: who knew the password may have bound themselves.
 * `unauthenticated` where the session, or the password that was shown, is over meanwhile.
 */
export const changePassword = (
  context: ChangingContext & LoggedSignInContext,
  token: string | undefined,
  { next, ...shown }: PasswordChange,
): Promise<Result<undefined>> =>
  asHolder(context, token, async (holder) => {
    const current = await showsCurrent(context, holder, shown);
    if (!current.ok) return current;
    const more = await showsMore(context, holder, shown);
    if (!more.ok) return more;
    const { id } = holder;
    const passwordHash = await hashPassword(next);
    const changed = await context.inOne(async (database): Promise<Result<undefined>> => {
      const turn = await takeTurnAs({ ...context, database }, token, holder);
      if (!turn.ok) return turn;
      if (!(await replaceHash(database, id, current.value, passwordHash))) return refused('unauthenticated');
      if (holder.passkeyAt === null) await removeIdentities(database, id);
      await endResets(database, id, context.now());
      await endOthersOf({ ...context, database }, holder);
      await mailStaff(context, database, id, 'signInChanged');
      return accepted(undefined);
    });
    if (changed.ok) context.log.info('signInChanged', { staffId: id, reason: 'password' });
    return changed;
  });
