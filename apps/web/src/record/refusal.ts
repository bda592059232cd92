import type { StaffSession } from '@sotto/protocol/clinic';
import type { KeystoreCode } from '@sotto/protocol/keystoreRoutes';
import type { Trouble } from '../keystore/errors.ts';
import { deniedWords, type TroubleWords } from '../keystore/troubleWords.ts';
import { clinicianRoles, holds } from '../staff/heldRoles.ts';

/** Refusals after the signature was found valid: the keystore records them with who asked (apps/keystore/SPEC.md section 5). */
const named: readonly KeystoreCode[] = ['denied', 'contained', 'unknownObject', 'restricted', 'notYet'];
/** Those before: recorded as somebody's. */
const nameless: readonly KeystoreCode[] = ['revoked', 'assertion', 'nonce', 'expired'];

/** What the log has of a try that failed; null where it has nothing, or nobody here knows. */
export function recordedAs(trouble: Trouble): 'tryRecorded' | 'tryRecordedNameless' | null {
  if (trouble.of !== 'keystore') return null;
  if (named.includes(trouble.code)) return 'tryRecorded';
  return nameless.includes(trouble.code) ? 'tryRecordedNameless' : null;
}

/** Words for a refusal by the rules; null for other troubles, which have words of their own. */
export const refusalWords = (trouble: Trouble): TroubleWords | null =>
  trouble.of === 'keystore' && trouble.code === 'denied' ? deniedWords(trouble.reasons) : null;

/**
 * Whether an emergency may open it all the same: for those who treat, where the rules say no, openings are held up, or routine ones wait for
 * the witness, and whose session has a passkey: without one the clinic's server passes nothing on. A second signature is missing in an emergency too, and what can't be decided stays closed.
 */
export function mayBreakGlass(
  trouble: Trouble,
  staff: Pick<StaffSession['staff'], 'roles'>,
  hasPasskey: boolean,
): boolean {
  if (!hasPasskey || !holds(staff, ...clinicianRoles)) return false;
  // Out of the role's hours or network: the clinic's server passes on nothing but emergencies.
  if (trouble.of === 'clinic') return trouble.code === 'forbidden';
  if (trouble.of !== 'keystore') return false;
  if (trouble.code === 'witnessGone' || trouble.code === 'contained') return true;
  return trouble.code === 'denied' && !trouble.reasons.includes('twoApprovers');
}

/** Whether the clinic's server refused because the session has no passkey: an emergency changes nothing about that. */
export const lacksPasskey = (trouble: Trouble, hasPasskey: boolean): boolean =>
  !hasPasskey && trouble.of === 'clinic' && trouble.code === 'forbidden';
