import type { StaffId } from '@sotto/protocol/ids';
import type { CheckedDirectory } from '../keystore/directory.ts';
import { officerRole } from '../passkeys/officers.ts';

/** Roles whose holders may help a patient to a new key, together with an officer (packages/policy). */
const helping: readonly string[] = ['physician', 'nurse', officerRole];

/** Who may sign second for what takes two, beside the officer who begins. */
export const secondOf = (
  { passkeys }: CheckedDirectory,
  me: StaffId,
  action: 'assist' | 'shred' | 'liftHold' | 'restrict' | 'liftRestriction',
): readonly StaffId[] => [
  ...new Set(
    passkeys.flatMap(({ entry: { subject, role }, revoked }) => {
      const may = action === 'assist' ? helping.includes(role) : role === officerRole;
      return revoked === null && subject !== me && may ? [subject] : [];
    }),
  ),
];
