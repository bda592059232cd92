import type { StaffId } from '@sotto/protocol/ids';
import type { CheckedDirectory } from '../keystore/directory.ts';

/** Roles whose holders may sign for another's opening (apps/keystore/SPEC.md section 5). */
const approving: readonly string[] = ['physician', 'nurse', 'privacyOfficer'];

/** Who may sign besides: everybody else with a passkey that counts and such a role. */
export const secondSigners = ({ passkeys }: CheckedDirectory, me: StaffId): readonly StaffId[] => [
  ...new Set(
    passkeys.flatMap(({ entry, revoked }) =>
      revoked === null && entry.subject !== me && approving.includes(entry.role) ? [entry.subject] : [],
    ),
  ),
];
