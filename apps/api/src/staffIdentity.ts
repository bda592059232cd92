import type { StaffId } from '@sotto/protocol/ids';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq } from 'drizzle-orm';
import { isEnabled } from './accountStanding.ts';
import type { ClinicContext } from './clinicContext.ts';
import { staffIdentityTable, staffTable } from './schema.ts';

/** Who somebody is: to one provider, by its own name for them. */
export interface StaffIdentity {
  readonly issuer: string;
  readonly subject: string;
}

interface IdentityContext extends Pick<ClinicContext, 'clinicId' | 'now'> {
  readonly database: ClinicContext['database'] | Transaction;
}

const isIt = ({ clinicId }: IdentityContext, { issuer, subject }: StaffIdentity) =>
  and(
    eq(staffIdentityTable.clinicId, clinicId),
    eq(staffIdentityTable.issuer, issuer),
    eq(staffIdentityTable.subject, subject),
  );

const isOf = (staff: StaffId, issuer: string) =>
  and(eq(staffIdentityTable.staffId, staff), eq(staffIdentityTable.issuer, issuer));

/** Whose account it is, if it is anybody's that is enabled. */
export async function accountOfIdentity(context: IdentityContext, identity: StaffIdentity) {
  const [row] = await context.database
    .select({ id: staffTable.id, name: staffTable.name, role: staffTable.role })
    .from(staffIdentityTable)
    .innerJoin(staffTable, eq(staffTable.id, staffIdentityTable.staffId))
    .where(and(isIt(context, identity), isEnabled));
  return row;
}

/** Whether nobody has it, in a clinic whose people nobody else changes meanwhile (`takeTurn`). */
export const isFree = async (context: IdentityContext, identity: StaffIdentity): Promise<boolean> =>
  (await context.database.$count(staffIdentityTable, isIt(context, identity))) === 0;

/** Whether an account has one of this provider. */
export const isBound = async ({ database }: Pick<IdentityContext, 'database'>, staff: StaffId, issuer: string) =>
  (await database.$count(staffIdentityTable, isOf(staff, issuer))) > 0;

export async function bindIdentity(
  { database, clinicId, now }: IdentityContext,
  staffId: StaffId,
  { issuer, subject }: StaffIdentity,
): Promise<void> {
  await database.insert(staffIdentityTable).values({ clinicId, issuer, subject, staffId, boundAt: now() });
}

/** Whether it is this account's; until the transaction is over nobody ends that. */
export async function holdsIdentity(
  context: IdentityContext & { readonly database: Transaction },
  staff: StaffId,
  identity: StaffIdentity,
): Promise<boolean> {
  const held = await context.database
    .select({ staffId: staffIdentityTable.staffId })
    .from(staffIdentityTable)
    .where(and(isIt(context, identity), eq(staffIdentityTable.staffId, staff)))
    .for('share');
  return held.length > 0;
}

/** Has no provider let somebody in any more. Before their sessions are ended: one that begins meanwhile is ended with them. */
export async function removeIdentities(transaction: Transaction, staff: StaffId): Promise<void> {
  await transaction.delete(staffIdentityTable).where(eq(staffIdentityTable.staffId, staff));
}

/** @returns whether there was one */
export async function unbindIdentity(
  { database }: Pick<IdentityContext, 'database'>,
  staff: StaffId,
  issuer: string,
): Promise<boolean> {
  const ended = await database
    .delete(staffIdentityTable)
    .where(isOf(staff, issuer))
    .returning({ staffId: staffIdentityTable.staffId });
  return ended.length > 0;
}
