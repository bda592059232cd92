import type { StaffId } from '@sotto/protocol/ids';
import type { NewPasswordOffer, NewPasswordRequest } from '@sotto/protocol/people';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq, isNotNull } from 'drizzle-orm';
import { isEnabled } from './accountStanding.ts';
import { type AccountRequest, type AdminContext, endSessionsOf, performOnAccount, takeTurn } from './administration.ts';
import { type Administrator, isAccount } from './adminRecord.ts';
import type { RequestRecorder } from './audit/requestRecorder.ts';
import { hoursAfter } from './clinicContext.ts';
import { type MailLocale, wordsOf } from './mailWords.ts';
import { hashToken, newToken } from './opaqueToken.ts';
import { endResets, isOpenReset } from './openInvitations.ts';
import { hashPassword } from './password.ts';
import { takeCode } from './passwordSignIn.ts';
import { removeRecoveryCodes } from './recoveryCodes.ts';
import { clinicTable, passwordResetTable, staffTable, staffTotpTable } from './schema.ts';
import { removeIdentities } from './staffIdentity.ts';
import { mailStaff, type StaffMailContext } from './staffMail.ts';
import { hasLivingPasskey, type LoggedSignInContext } from './staffPasskeys.ts';
import { findSessionHolder } from './staffSession.ts';
import { removeTotp, totpState } from './totp.ts';

/** A recovery code that is mailed works for a day at most (NIST SP 800-63B-4 section 4.2.1.2). */
const linkHours = 24;

const hasTotp = async (transaction: Transaction, staff: StaffId): Promise<boolean> =>
  (await transaction.$count(
    staffTotpTable,
    and(eq(staffTotpTable.staffId, staff), isNotNull(staffTotpTable.secretSealed)),
  )) > 0;

/**
 * Takes away what somebody has beside their password, where it was lost or stolen: authenticator app, recovery codes and what
 * the clinic's provider calls them are forgotten, every session of theirs is over, and links to a new password are. Their password stays,
 * and so do their passkeys, which an officer's signature ends. `wrongState` if the account is disabled.
 *
 * @param tell tells them of it, with the transaction
 */
export const resetSignIn = (
  context: AdminContext,
  { by, staff }: AccountRequest,
  tell: (transaction: Transaction) => Promise<void> = async () => undefined,
): Promise<Result<undefined>> =>
  performOnAccount(
    context,
    { action: 'people:resetSignIn', by, staff },
    {
      check: async (_transaction, { isDisabled }) => (isDisabled ? 'wrongState' : null),
      async act(transaction, at) {
        const factorsResetBy = isAccount(by) ? by : null;
        if (factorsResetBy === null || (await hasTotp(transaction, staff))) {
          await transaction.update(staffTable).set({ factorsResetBy }).where(eq(staffTable.id, staff));
        }
        await removeTotp(transaction, staff);
        await removeRecoveryCodes(transaction, staff);
        await removeIdentities(transaction, staff);
        await endResets(transaction, staff, at);
        await endSessionsOf(transaction, staff, at);
        await tell(transaction);
        return undefined;
      },
    },
  );

/** Whether it was the same administrator who took away what would be asked for beside the link, and nothing has come in its place. */
async function tookAway(transaction: Transaction, by: Administrator, staff: StaffId): Promise<boolean> {
  if (!isAccount(by) || (await hasTotp(transaction, staff))) return false;
  const isIt = and(eq(staffTable.id, staff), eq(staffTable.factorsResetBy, by));
  return (await transaction.$count(staffTable, isIt)) > 0;
}

/**
 * Mails somebody a link by which they choose a new password, beside what they have left; what was mailed before works no more.
 * `wrongState` if the account is disabled, `conflict` where the same administrator has taken away their app: then it takes two.
 */
export const sendNewPassword = (
  context: AdminContext & StaffMailContext,
  { by, staff }: AccountRequest,
  locale: MailLocale,
): Promise<Result<undefined>> =>
  performOnAccount(
    context,
    { action: 'people:resetSignIn:mail', by, staff },
    {
      async check(transaction, { isDisabled }) {
        if (isDisabled) return 'wrongState';
        return (await tookAway(transaction, by, staff)) ? 'conflict' : null;
      },
      async act(transaction, createdAt) {
        const passwordSecret = newToken();
        await endResets(transaction, staff, createdAt);
        await transaction.insert(passwordResetTable).values({
          ...{ secretHash: hashToken(passwordSecret), staffId: staff },
          ...{ createdAt, expiresAt: hoursAfter(createdAt, linkHours) },
        });
        const words = wordsOf('newPassword', locale, { origin: context.origin, passwordSecret });
        await mailStaff(context, transaction, staff, 'newPassword', words);
        return undefined;
      },
    },
  );

/** Whose new password a link is for; undefined for one that works no more. */
async function findReset({ database, clinicId, now }: LoggedSignInContext, secret: string) {
  const [row] = await database
    .select({ id: staffTable.id, name: staffTable.name, email: staffTable.email, clinicName: clinicTable.name })
    .from(passwordResetTable)
    .innerJoin(staffTable, eq(staffTable.id, passwordResetTable.staffId))
    .innerJoin(clinicTable, eq(clinicTable.id, staffTable.clinicId))
    .where(
      and(
        ...[eq(passwordResetTable.secretHash, hashToken(secret)), isOpenReset(now())],
        ...[eq(staffTable.clinicId, clinicId), isEnabled],
      ),
    );
  return row;
}

/** What somebody has beside a link: an app, or a passkey. Without the keystore's answer nobody knows whether there is none. */
async function needsOf(context: LoggedSignInContext, staff: StaffId): Promise<Result<NewPasswordOffer['needs']>> {
  if ((await totpState(context, staff)) === 'on') return accepted('code');
  const hasPasskey = await hasLivingPasskey(context, staff);
  return hasPasskey.ok ? accepted(hasPasskey.value ? 'passkey' : 'nothing') : hasPasskey;
}

/**
 * Whose password a link is for, and what it takes; `notFound` for one that works no more.
 *
 * @param onFound told whose it is
 */
export async function readNewPasswordOffer(
  context: LoggedSignInContext,
  secret: string,
  onFound: (staff: StaffId) => void,
): Promise<Result<NewPasswordOffer>> {
  const found = await findReset(context, secret);
  if (found === undefined) return refused('notFound');
  onFound(found.id);
  const needs = await needsOf(context, found.id);
  if (!needs.ok) return needs;
  const { id: _id, ...offer } = found;
  return accepted({ ...offer, needs: needs.value });
}

/** Whether what somebody has beside the link was shown: a session with their passkey, while it isn't locked, is as good as a code. */
async function isShown(
  context: LoggedSignInContext,
  staff: StaffId,
  code: string | undefined,
  token: string | undefined,
): Promise<Result<undefined>> {
  const holder = await findSessionHolder(context, token);
  if (holder?.id === staff && holder.passkeyAt !== null && !holder.isLocked) return accepted(undefined);
  const needs = await needsOf(context, staff);
  if (!needs.ok) return needs;
  if (needs.value === 'nothing') return accepted(undefined);
  if (needs.value === 'passkey' || code === undefined) return refused('forbidden');
  const taken = await takeCode(context, staff, code);
  if (!taken.ok) return taken;
  return taken.value === null ? refused('wrongState') : accepted(undefined);
}

/** Who chooses a new password by a link, and what records it. */
interface Chooser {
  /** Of the session in the same browser, if there is one. */
  readonly token: string | undefined;
  readonly recorder: Pick<RequestRecorder, 'about' | 'by' | 'inOne'>;
}

/**
 * Has somebody's password be another from now on, by the link and what they have beside it, once; the clinic's provider knows them no
 * more, every session of theirs is over, and they are told.
 */
export async function chooseNewPassword(
  context: LoggedSignInContext,
  { secret, password, code }: NewPasswordRequest,
  { token, recorder }: Chooser,
): Promise<Result<undefined>> {
  const found = await findReset(context, secret);
  if (found === undefined) return refused('notFound');
  const { id: staff } = found;
  recorder.about({ resource: `account:${staff}` });
  const shown = await isShown(context, staff, code, token);
  if (!shown.ok) return shown;
  recorder.by({ actor: staff, role: 'holder', session: null });
  const passwordHash = await hashPassword(password);
  const chosen = await recorder.inOne(async (transaction): Promise<Result<undefined>> => {
    await takeTurn({ ...context, database: transaction });
    const at = context.now();
    const used = await transaction
      .update(passwordResetTable)
      .set({ overAt: at })
      .where(and(eq(passwordResetTable.secretHash, hashToken(secret)), isOpenReset(at)))
      .returning({ staffId: passwordResetTable.staffId });
    if (used.length === 0) return refused('notFound');
    await transaction.update(staffTable).set({ passwordHash }).where(eq(staffTable.id, staff));
    await removeIdentities(transaction, staff);
    await endSessionsOf(transaction, staff, at);
    await mailStaff(context, transaction, staff, 'signInChanged');
    return accepted(undefined);
  });
  if (chosen.ok) context.log.info('signInChanged', { staffId: staff, reason: 'newPassword' });
  return chosen;
}
