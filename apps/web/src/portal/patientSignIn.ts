import { challengeLabels } from '@sotto/protocol/keystore';
import type { PatientSession, PatientSignIn, PatientSignInStatement } from '@sotto/protocol/patientSignIn';
import { requestMembers } from '../keystore/acts.ts';
import type { Bytes } from '../keystore/bytes.ts';
import { challengeOf } from '../keystore/challenge.ts';
import type { Pins } from '../keystore/pins.ts';
import { askSignInNonce, handInPatientSignIn } from './patientSessionApi.ts';
import { rememberUsedKey } from './portalQuery.ts';

/** Has a key of somebody's sign a challenge. */
export type SignWithOwnKey = (challenge: Bytes) => Promise<PatientSignIn['assertion']>;

/**
 * Signs a patient in by a key of theirs, and remembers by it whose record this browser reads. What is signed names this page's
 * origin and the keystore's clinic, and opens nothing.
 *
 * @throws ClinicFault, PasskeyFault
 */
export async function signInByOwnKey(pins: Pins, origin: string, sign: SignWithOwnKey): Promise<PatientSession> {
  const { nonce, clinic, expiry } = requestMembers(await askSignInNonce(), pins);
  const statement: PatientSignInStatement = { type: challengeLabels.patientSignIn, clinic, nonce, origin, expiry };
  const assertion = await sign(await challengeOf(challengeLabels.patientSignIn, statement));
  const session = await handInPatientSignIn({ statement, assertion });
  await rememberUsedKey(pins, assertion.credential);
  return session;
}
