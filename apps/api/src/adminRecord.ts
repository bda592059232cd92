import type { StaffRole } from '@sotto/protocol/clinic';
import type { StaffId } from '@sotto/protocol/ids';
import type { PlatformAction } from '@sotto/protocol/platformLog';
import type { RoleLimits } from '@sotto/protocol/roleLimits';
import { type Act, stateHash } from './audit/act.ts';

/** Who acts without an account: whoever runs a command on the clinic's own host, and the rules about unusual access. */
const unattended = ['host', 'rules'] as const;
/** Who administers: an administrator by their session, or who has no account. */
export type Administrator = StaffId | (typeof unattended)[number];

export const isAccount = (by: Administrator): by is StaffId => !unattended.some((one) => one === by);

/** One act of administration, by pseudonyms. */
export interface AdminAct {
  readonly action: Extract<PlatformAction, `people:${string}` | 'account:begin'>;
  /** Of an account that was begun: its holder. */
  readonly by: Administrator;
  /** Whom it is about. */
  readonly staff: StaffId;
  /** The role that is given, ended, or comes with an account. */
  readonly role?: StaffRole;
  /** Of a role that is given. */
  readonly limits?: RoleLimits;
}

/** What an act of administration's entry says. */
export function ofAdminAct({ action, staff, role, limits }: AdminAct): Partial<Act> & Pick<Act, 'action' | 'resource'> {
  const resource = role === undefined ? `account:${staff}` : `account:${staff}/role:${role}`;
  if (role === undefined) return { action, resource };
  const held = stateHash({ staff, role, limits: limits ?? null });
  return { action, resource, ...(action === 'people:endRole' ? { before: held } : { after: held }) };
}
