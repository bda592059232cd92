import type { StaffId } from '@sotto/protocol/ids';
import type { CheckedDirectory } from '../keystore/directory.ts';

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
