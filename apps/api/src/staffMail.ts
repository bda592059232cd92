import type { StaffId } from '@sotto/protocol/ids';
import type { Transaction } from '@sotto/service/postgres';
import { eq } from 'drizzle-orm';
import type { ClinicContext } from './clinicContext.ts';
import { queueMail } from './mailQueue.ts';
import { type MailKind, type MailMessage, wordsInEach } from './mailWords.ts';
import { staffTable } from './schema.ts';

/** What mail to staff is made with. */
export type StaffMailContext = Pick<ClinicContext, 'fields' | 'patientFields' | 'now' | 'origin'>;

/** Mails somebody who works here, with the transaction. Nothing in it says who they are, from where somebody came, or in what. */
export async function mailStaff(
  context: StaffMailContext,
  transaction: Transaction,
  staffId: StaffId,
  kind: Extract<MailKind, 'newDevice' | 'signInChanged' | 'newPassword'>,
  words: Omit<MailMessage, 'to'> = wordsInEach(kind, { origin: context.origin }),
): Promise<void> {
  const [staff] = await transaction
    .select({ email: staffTable.email })
    .from(staffTable)
    .where(eq(staffTable.id, staffId));
  if (staff === undefined) return;
  await queueMail(context, transaction, {
    ...{ to: { staffId }, kind, stopHash: null, dueAt: context.now() },
    message: { to: staff.email, ...words },
  });
}

/** Tells somebody of a device that is new: the owner reads it also where whoever has their password is the only one signed in. */
export async function tellNewDevice(
  context: StaffMailContext & Pick<ClinicContext, 'limits'>,
  transaction: Transaction,
  staff: StaffId,
): Promise<void> {
  if ((await context.limits.deviceMails.take(staff)).ok) await mailStaff(context, transaction, staff, 'newDevice');
}
