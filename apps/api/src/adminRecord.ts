import type { StaffRole } from '@sotto/protocol/clinic';
import type { StaffId } from '@sotto/protocol/ids';
import type { Transaction } from '@sotto/service/postgres';
import type { ApiLog } from './events.ts';

/** Who acts without an account: whoever runs a command on the clinic's own host, and the rules about unusual access. */
const unattended = ['host', 'rules'] as const;
/** Who administers: an administrator by their session, or who has no account. */
export type Administrator = StaffId | (typeof unattended)[number];

export const isAccount = (by: Administrator): by is StaffId => !unattended.some((one) => one === by);

/** One act of administration, by pseudonyms. */
export interface AdminAct {
  readonly event:
    | 'roleGiven'
    | 'roleEnded'
    | 'accountDisabled'
    | 'accountEnabled'
    | 'signInReset'
    | 'staffInvited'
    | 'accountBegun'
    | 'invitationWithdrawn';
  /** Of an account that was begun: its holder. */
  readonly by: Administrator;
  /** Whom it is about. */
  readonly staff: StaffId;
  readonly role?: StaffRole;
}

/**
 * Records an act before it is done, in the transaction that does it: whoever can't record doesn't act.
 *
 * @throws what keeps it from being recorded
 */
export type AdminRecord = (transaction: Transaction, act: AdminAct) => Promise<void>;

/**
 * The one place where acts of administration are recorded. There is no log of the platform's own yet, so it is a line of the
 * api's log, by pseudonym; it comes before the act, so that a transaction which fails leaves a line too many, never one too few.
 */
export const createAdminRecord =
  (log: ApiLog): AdminRecord =>
  async (_transaction, { event, by, staff, role }) =>
    log.info(event, { staffId: staff, ...(isAccount(by) ? { byStaffId: by } : {}), ...(role ? { reason: role } : {}) });
