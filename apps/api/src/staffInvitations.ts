import type { StaffRole } from '@sotto/protocol/clinic';
import { type StaffId, staffId } from '@sotto/protocol/ids';
import { type InviteStaffRequest, maxOpenInvitations, type StaffInvitation } from '@sotto/protocol/people';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq, isNull, ne, type SQL } from 'drizzle-orm';
import { giveRole, holdsRole } from './access/roleAssignment.ts';
import { type AdminContext, performAct, takeTurn } from './administration.ts';
import { type Administrator, isAccount } from './adminRecord.ts';
import { type ClinicContext, hoursAfter } from './clinicContext.ts';
import { queueMail } from './mailQueue.ts';
import { wordsOf } from './mailWords.ts';
import { hashToken, newId, newToken } from './opaqueToken.ts';
import { isOpen } from './openInvitations.ts';
import { hashPassword } from './password.ts';
import { clinicTable, staffInvitationTable, staffTable } from './schema.ts';
import { bindIdentity, isFree, type StaffIdentity } from './staffIdentity.ts';

/** A link works for so long, and once. */
const linkHours = 48;

/** Those that may still be taken up. */
export async function listStaffInvitations({
  database,
  clinicId,
  now,
}: Pick<ClinicContext, 'clinicId' | 'database' | 'now'>): Promise<StaffInvitation[]> {
  const { staffId: id, name, email, role, expiresAt } = staffInvitationTable;
  const rows = await database
    .select({ id, name, email, role, expiresAt })
    .from(staffInvitationTable)
    .where(and(eq(staffInvitationTable.clinicId, clinicId), isOpen(now())))
    .orderBy(name, email);
  return rows.map((row) => ({ ...row, expiresAt: row.expiresAt.toISOString() }));
}

interface Invited {
  readonly email: string;
  readonly name: string;
  readonly role: StaffRole;
}

/** Whose account was begun. */
export interface Invitee extends Omit<Invited, 'email'> {
  readonly id: StaffId;
}

/** Whether somebody has an account by this address. */
const hasAccount = async (database: Transaction, clinicId: AdminContext['clinicId'], email: string) =>
  (await database.$count(staffTable, and(eq(staffTable.clinicId, clinicId), eq(staffTable.email, email)))) > 0;

/**
 * Invites somebody to an account with a role; what was open for the same address works no more. `conflict` for an address that has
 * an account, `wrongState` while `maxOpenInvitations` others are open.
 *
 * @param hand gives the link's secret to whom it is for, with the transaction
 */
export function inviteStaff(
  context: AdminContext,
  by: Administrator,
  { email, name, role }: Invited,
  hand: (transaction: Transaction, secret: string, staff: StaffId) => Promise<void>,
): Promise<Result<undefined>> {
  const staff = newId(staffId);
  const { clinicId } = context;
  return performAct(
    context,
    { action: 'people:invite', by, staff, role },
    {
      async check(transaction) {
        if (await hasAccount(transaction, clinicId, email)) return 'conflict';
        const { clinicId: clinic, email: address } = staffInvitationTable;
        const others = and(eq(clinic, clinicId), ne(address, email), isOpen(context.now()));
        return (await transaction.$count(staffInvitationTable, others)) < maxOpenInvitations ? null : 'wrongState';
      },
      async act(transaction, createdAt) {
        const secret = newToken();
        await transaction
          .update(staffInvitationTable)
          .set({ overAt: createdAt })
          .where(
            and(
              eq(staffInvitationTable.clinicId, clinicId),
              eq(staffInvitationTable.email, email),
              isNull(staffInvitationTable.overAt),
            ),
          );
        await transaction.insert(staffInvitationTable).values({
          ...{ staffId: staff, clinicId, email, name, role, secretHash: hashToken(secret) },
          invitedBy: isAccount(by) ? by : null,
          ...{ createdAt, expiresAt: hoursAfter(createdAt, linkHours) },
        });
        await hand(transaction, secret, staff);
        return undefined;
      },
    },
  );
}

/** As `inviteStaff`, by mail. The mail names no clinic, no role and nobody. */
export const inviteStaffByMail = (
  context: AdminContext & Pick<ClinicContext, 'fields' | 'patientFields' | 'origin'>,
  by: StaffId,
  { locale, ...invited }: InviteStaffRequest,
): Promise<Result<undefined>> =>
  inviteStaff(context, by, invited, (transaction, accountSecret, staffInvitationId) =>
    queueMail(context, transaction, {
      ...{ to: { staffInvitationId }, kind: 'invited', stopHash: null, dueAt: context.now() },
      message: { to: invited.email, ...wordsOf('invited', locale, { origin: context.origin, accountSecret }) },
    }),
  );

/** Takes an invitation back. `notFound` if it is over already. */
export const withdrawInvitation = (context: AdminContext, by: StaffId, staff: StaffId): Promise<Result<undefined>> => {
  const isIt = and(eq(staffInvitationTable.clinicId, context.clinicId), eq(staffInvitationTable.staffId, staff));
  return performAct(
    context,
    { action: 'people:invite:withdraw', by, staff },
    {
      check: async (transaction) =>
        (await transaction.$count(staffInvitationTable, and(isIt, isOpen(context.now())))) === 0 ? 'notFound' : null,
      async act(transaction, overAt) {
        await transaction.update(staffInvitationTable).set({ overAt }).where(isIt);
        return undefined;
      },
    },
  );
};

interface OfferContext extends Pick<ClinicContext, 'clinicId' | 'now'> {
  readonly database: Pick<Transaction, 'select' | 'selectDistinct'>;
}

/** What a link is for; undefined for one that works no more. Whoever sent it has to be an administrator still. */
async function findOffer(context: OfferContext, isIt: SQL) {
  const { clinicId } = staffInvitationTable;
  const [invited] = await context.database
    .select()
    .from(staffInvitationTable)
    .where(and(eq(clinicId, context.clinicId), isIt, isOpen(context.now())));
  if (invited === undefined || invited.invitedBy === null) return invited;
  return (await holdsRole(context, invited.invitedBy, 'admin')) ? invited : undefined;
}

const bySecret = (secret: string) => eq(staffInvitationTable.secretHash, hashToken(secret));

/** The account that a link is for; undefined for one that works no more. */
export const findInvited = async (context: OfferContext, secret: string): Promise<StaffId | undefined> =>
  (await findOffer(context, bySecret(secret)))?.staffId;

/**
 * For whom a link is; `notFound` for one that works no more, or never did.
 *
 * @param onFound told whose it is
 */
export async function readOffer(
  context: Pick<ClinicContext, 'clinicId' | 'database' | 'now'>,
  secret: string,
  onFound: (invited: { staffId: StaffId }) => void,
): Promise<Result<{ clinicName: string; name: string; email: string }>> {
  const offer = await findOffer(context, bySecret(secret));
  if (offer === undefined) return refused('notFound');
  onFound(offer);
  const [clinic] = await context.database
    .select({ name: clinicTable.name })
    .from(clinicTable)
    .where(eq(clinicTable.id, context.clinicId));
  return clinic === undefined
    ? refused('notFound')
    : accepted({ clinicName: clinic.name, name: offer.name, email: offer.email });
}

/** Makes the account that an invitation is for, with its role, and uses it up. */
async function takeUp(
  context: AdminContext,
  isIt: SQL,
  begin: (make: (passwordHash: string | null) => Promise<Invitee>) => Promise<Result<Invitee>>,
): Promise<Result<Invitee>> {
  const { clinicId, database: transaction, now, tell } = context;
  await takeTurn(context);
  const invited = await findOffer(context, isIt);
  if (invited === undefined) return refused('notFound');
  const { staffId: id, email, name, role } = invited;
  tell({ action: 'account:begin', by: id, staff: id, role });
  if (await hasAccount(transaction, clinicId, email)) return refused('conflict');
  return begin(async (passwordHash) => {
    const createdAt = now();
    const isUsed = { overAt: createdAt };
    await transaction.update(staffInvitationTable).set(isUsed).where(eq(staffInvitationTable.staffId, id));
    await transaction.insert(staffTable).values({ id, clinicId, email, name, role, passwordHash, createdAt });
    await giveRole(transaction, id, role, createdAt);
    return { id, name, role };
  });
}

/**
 * Hashes the password of whom a link is for; `notFound` for a link that works no more. Before anything is held that others wait
 * for: it takes its time.
 */
export async function hashForOffer(context: OfferContext, secret: string, password: string): Promise<Result<string>> {
  // Nobody makes us work for a link that is none.
  if ((await findInvited(context, secret)) === undefined) return refused('notFound');
  return accepted(await hashPassword(password));
}

/**
 * Makes the account that a link is for, with its role, and uses the link up. `notFound` for one that works no more, `conflict`
 * where the address has an account meanwhile.
 *
 * @param passwordHash by `hashForOffer`
 */
export async function beginAccount(
  context: AdminContext,
  secret: string,
  passwordHash: string,
): Promise<Result<undefined>> {
  const begun = await takeUp(context, bySecret(secret), async (make) => accepted(await make(passwordHash)));
  return begun.ok ? accepted(undefined) : begun;
}

/** As `beginAccount`, without a password: for whom the clinic's provider knows. `conflict` also where an account has them already. */
export const beginAccountOf = (
  context: AdminContext,
  invited: StaffId,
  identity: StaffIdentity,
): Promise<Result<Invitee>> =>
  takeUp(context, eq(staffInvitationTable.staffId, invited), async (make) => {
    if (!(await isFree(context, identity))) return refused('conflict');
    const invitee = await make(null);
    await bindIdentity(context, invited, identity);
    return accepted(invitee);
  });
