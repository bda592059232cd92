import type { StaffId } from '@sotto/protocol/ids';
import type { Transaction } from '@sotto/service/postgres';
import { and, eq, gt, inArray, isNull, type SQL } from 'drizzle-orm';
import { hoursAfter, visitOpenHours } from './clinicContext.ts';
import { invitationTable, mailTable, passwordResetTable, staffInvitationTable, visitTable } from './schema.ts';

/** Of invitations to work here that may still be taken up. */
export const isOpen = (now: Date): SQL | undefined =>
  and(isNull(staffInvitationTable.overAt), gt(staffInvitationTable.expiresAt, now));

/** Of links by which somebody chooses a new password that may still be used. */
export const isOpenReset = (now: Date): SQL | undefined =>
  and(isNull(passwordResetTable.overAt), gt(passwordResetTable.expiresAt, now));

/** Links by which somebody invited others to work here work no more. */
export async function endInvitationsBy(transaction: Transaction, staff: StaffId, at: Date): Promise<void> {
  await transaction
    .update(staffInvitationTable)
    .set({ overAt: at })
    .where(and(eq(staffInvitationTable.invitedBy, staff), isNull(staffInvitationTable.overAt)));
}

/** Links into somebody's visits that aren't over, patients' and guests', and the sessions that they opened stop working. */
export async function revokeLinksInto(transaction: Transaction, clinician: StaffId, at: Date): Promise<void> {
  const visits = transaction
    .select({ id: visitTable.id })
    .from(visitTable)
    .where(
      and(
        eq(visitTable.clinicianId, clinician),
        inArray(visitTable.status, ['scheduled', 'open']),
        gt(visitTable.startsAt, hoursAfter(at, -visitOpenHours)),
      ),
    );
  await transaction
    .update(invitationTable)
    .set({ revokedAt: at })
    .where(and(inArray(invitationTable.visitId, visits), isNull(invitationTable.revokedAt)));
}

/** Links by which somebody chooses a new password work no more, and those that wait to be mailed aren't. */
export async function endResets(transaction: Transaction, staff: StaffId, at: Date): Promise<void> {
  await transaction
    .update(passwordResetTable)
    .set({ overAt: at })
    .where(and(eq(passwordResetTable.staffId, staff), isNull(passwordResetTable.overAt)));
  const { staffId, kind, sentAt, givenUpAt } = mailTable;
  await transaction
    .update(mailTable)
    .set({ givenUpAt: at, messageSealed: null })
    .where(and(eq(staffId, staff), eq(kind, 'newPassword'), isNull(sentAt), isNull(givenUpAt)));
}
