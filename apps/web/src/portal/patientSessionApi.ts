import type { SessionId } from '@sotto/protocol/ids';
import { nonceGrant } from '@sotto/protocol/keystoreRoutes';
import { type PatientSignIn, patientSession, patientSessions } from '@sotto/protocol/patientSignIn';
import { endOwnPage } from '../clinic/clinicApi.ts';
import { ask, tell } from '../clinic/clinicRequest.ts';
import { closeAllOpen } from '../release/openWatch.ts';

/** A patient's session, by their visit's link or by a key of theirs. Everything throws `ClinicFault`. */

const path = '/api/portal/session';

export const readPatientSession = (signal: AbortSignal) => ask(patientSession, { method: 'GET', path, signal });
export const askSignInNonce = () => ask(nonceGrant, { method: 'POST', path: `${path}/options` });
export const handInPatientSignIn = (body: PatientSignIn) => ask(patientSession, { method: 'POST', path, body });
/** That somebody does something on the page now. */
export const reportPatientActivity = () =>
  ask(patientSession, { method: 'POST', path: `${path}/activity`, body: { idleSeconds: 0 } });
/** Closes what is open first: only a session may say for how long it was. */
export async function signOutPatient(): Promise<void> {
  await closeAllOpen();
  await endOwnPage();
}

export const listPatientSessions = (signal: AbortSignal) =>
  ask(patientSessions, { method: 'GET', path: '/api/portal/sessions', signal });
export const endPatientSession = (id: SessionId) => tell({ method: 'DELETE', path: `/api/portal/sessions/${id}` });
