import type { StaffRole } from '@sotto/protocol/clinic';
import type { StaffId } from '@sotto/protocol/ids';
import type { PlatformAction } from '@sotto/protocol/platformLog';
import type { RoleLimits } from '@sotto/protocol/roleLimits';
import { type Act, stateHash } from './audit/act.ts';

/** Who administers: an administrator by their session, or whoever runs a command on the clinic's own host. */
export type Administrator = StaffId | 'host';

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
