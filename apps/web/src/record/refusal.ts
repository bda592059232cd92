import type { StaffSession } from '@sotto/protocol/clinic';
import type { KeystoreCode } from '@sotto/protocol/keystoreRoutes';
import type { Trouble } from '../keystore/errors.ts';
import { containedWords, deniedWords, type TroubleWords } from '../keystore/troubleWords.ts';
import { isClinician } from '../staff/heldRoles.ts';

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
export function refusalWords(trouble: Trouble): TroubleWords | null {
  if (trouble.of !== 'keystore') return null;
  if (trouble.code === 'contained') return containedWords(trouble.reasons);
  return trouble.code === 'denied' ? deniedWords(trouble.reasons) : null;
}

/** As `refusalWords`, and for what the clinic's server doesn't pass on of somebody whose account is disabled. */
export const staffRefusalWords = (
  trouble: Trouble,
  { resting }: Pick<StaffSession['staff'], 'resting'>,
): TroubleWords | null =>
  resting !== null && trouble.of === 'clinic' && trouble.code === 'forbidden'
    ? 'accountDisabled'
    : refusalWords(trouble);

/**
 * Whether an emergency may open it all the same: for those who treat, where the rules say no, openings are held up, or routine ones wait for
 * the witness, and whose session has a passkey: without one the clinic's server passes nothing on. A second signature is missing in an emergency too, and what can't be decided stays closed.
 */
export function mayBreakGlass(
  trouble: Trouble,
  staff: Pick<StaffSession['staff'], 'roles' | 'resting'>,
  hasPasskey: boolean,
): boolean {
  if (!hasPasskey || !isClinician(staff)) return false;
  // Out of the role's hours or network, or with a disabled account: the clinic's server passes on nothing but emergencies.
  if (trouble.of === 'clinic') return trouble.code === 'forbidden';
  if (trouble.of !== 'keystore') return false;
  if (trouble.code === 'contained') return !trouble.reasons.includes('emergencies');
  if (trouble.code === 'witnessGone') return true;
  return trouble.code === 'denied' && !trouble.reasons.includes('twoApprovers');
}

/** Whether the clinic's server refused because the session has no passkey: an emergency changes nothing about that. */
export const lacksPasskey = (trouble: Trouble, hasPasskey: boolean): boolean =>
  !hasPasskey && trouble.of === 'clinic' && trouble.code === 'forbidden';
