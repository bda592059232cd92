import type { StaffId } from '@sotto/protocol/ids';
import type { CheckedDirectory, ClinicianPayload } from '../keystore/directory.ts';

export const officerRole = 'privacyOfficer';

/** As many officers there must be before officers enrol others (apps/keystore/SPEC.md section 6). */
const fewestOfficers = 2;

/** Officers with a passkey that counts. */
export const livingOfficers = ({ passkeys }: CheckedDirectory): readonly StaffId[] => [
  ...new Set(
    passkeys.flatMap(({ entry, revoked }) => (entry.role === officerRole && revoked === null ? [entry.subject] : [])),
  ),
];

/** Whether officers are still confirmed on the keystore's own host. */
export const firstOfficersNeeded = (directory: CheckedDirectory): boolean =>
  livingOfficers(directory).length < fewestOfficers;

/**
 * Whether two officers sign for an enrolment: for an officer, in place of a lost passkey, and for a further passkey or
 * another role of somebody who has or had one. Or one officer could be two.
 */
export const takesTwo = (
  { passkeys }: CheckedDirectory,
  { subject, role }: Pick<ClinicianPayload, 'subject' | 'role'>,
): boolean => role === officerRole || passkeys.some(({ entry }) => entry.subject === subject);

/**
 * Who signs. Two sign in the order of their ids, and the first has to be the one who is signed in: the request is made
 * for them.
 *
 * @param second null where nobody else may
 * @returns null when not enough officers may, or the other one has to begin
 */
export function signersFor(
  me: StaffId,
  second: StaffId | null,
  needsTwo: boolean,
): { readonly signers: readonly StaffId[]; readonly meBegins: boolean } | null {
  if (!needsTwo) return { signers: [me], meBegins: true };
  if (second === null || second === me) return null;
  return { signers: [me, second].sort(), meBegins: me < second };
}
