import type { PatientId } from '@sotto/protocol/ids';
import { portalView } from '@sotto/protocol/records';
import { browserStorage } from '../call/browserStorage.ts';
import { askKeystore } from '../keystore/keystoreRequest.ts';
import type { Pins } from '../keystore/pins.ts';
import { dropEndedKeys, rememberOwnPatient } from './ownPatient.ts';
import { readOwnRequest, standingOf } from './ownRequest.ts';
import { type CheckedPatientKeys, checkPatientKeys, newKeysNonce } from './patientKeys.ts';

/**
 * Who the patient is, with all keys of theirs that the keystore has signed now; what is restricted isn't checked here. What this
 * browser knew by a key that was ended it knows no longer.
 *
 * @throws EvidenceFault if these aren't all of them
 */
export async function readPortal(pins: Pins, signal: AbortSignal) {
  const nonce = newKeysNonce();
  const path = `/api/portal?nonce=${nonce}`;
  const { patient, visit, restrictions, ...keys } = await askKeystore(portalView, { method: 'GET', path, signal });
  const checked = await checkPatientKeys(keys, { pseudonym: patient.id, nonce }, pins);
  dropEndedKeys(patient.id, checked.signed, browserStorage('localStorage'));
  rememberMade(patient.id, checked);
  return { patient, visit, restrictions, ...checked };
}

/** The key that was made here counts: from now on this browser knows whose it is. */
function rememberMade(patient: PatientId, { keys, signed }: CheckedPatientKeys): void {
  const request = readOwnRequest(patient, new Date());
  if (request === null || standingOf(request, keys) !== 'counts') return;
  const { credential } = request.enrolment.entry;
  const made = signed.find(({ payload }) => payload.credential === credential);
  if (made) rememberOwnPatient(made, browserStorage('localStorage'));
}
