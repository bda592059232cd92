import {
  birthDateRequest,
  clientConfig,
  createVisitRequest,
  findPatientsRequest,
  foundPatients,
  idleLock,
  invitation,
  joinRequest,
  joinView,
  signInRequest,
  staffSession,
  visit,
  visitList,
} from '@sotto/protocol/clinic';
import {
  guest,
  guestInvitation,
  guestKindList,
  guestList,
  type InviteGuestRequest,
  inviteGuestRequest,
} from '@sotto/protocol/guests';
import type { ParticipantId, VisitId } from '@sotto/protocol/ids';
import {
  type ActivityReport,
  type PasskeySignIn,
  signInOptions,
  signInStep,
  type UnlockRequest,
} from '@sotto/protocol/signIn';
import * as z from 'zod';
import { closeAllOpen } from '../release/openWatch.ts';
import { ask, tell } from './clinicRequest.ts';

/** The clinic's HTTP interface as the pages use it. Everything throws `ClinicFault`. */

export const readConfig = (signal: AbortSignal) => ask(clientConfig, { method: 'GET', path: '/api/config', signal });

/** A session, or what is missing to one. */
export const signIn = (credentials: z.input<typeof signInRequest>) =>
  ask(z.union([staffSession, signInStep]), {
    ...{ method: 'POST', path: '/api/session', body: signInRequest.parse(credentials) },
  });
export const askSignInOptions = (signal: AbortSignal) =>
  ask(signInOptions, { method: 'POST', path: '/api/session/passkey/options', signal });
export const handInPasskey = (request: PasskeySignIn) =>
  ask(staffSession, { method: 'POST', path: '/api/session/passkey', body: request });
export const readSession = (signal: AbortSignal) => ask(staffSession, { method: 'GET', path: '/api/session', signal });
export const reportActivity = (report: ActivityReport) =>
  ask(idleLock, { method: 'POST', path: '/api/session/activity', body: report });
/** The session, unlocked; or what is missing to that. */
export const unlockByPassword = (request: UnlockRequest) =>
  ask(z.union([staffSession, signInStep]), { method: 'POST', path: '/api/session/unlock', body: request });
/** Closes what is open first: only a session may say for how long it was. */
export async function signOut(): Promise<void> {
  await closeAllOpen();
  await tell({ method: 'DELETE', path: '/api/session' });
}

export const listVisits = (from: Date, to: Date, signal: AbortSignal) => {
  const query = new URLSearchParams({ from: from.toISOString(), to: to.toISOString() });
  return ask(visitList, { method: 'GET', path: `/api/visits?${query.toString()}`, signal });
};
export const readVisit = (id: VisitId, signal: AbortSignal) =>
  ask(visit, { method: 'GET', path: `/api/visits/${id}`, signal });
export const createVisit = (request: z.input<typeof createVisitRequest>) =>
  ask(visit, { method: 'POST', path: '/api/visits', body: createVisitRequest.parse(request) });
export const findPatients = (request: z.input<typeof findPatientsRequest>, signal: AbortSignal) =>
  ask(foundPatients, { method: 'POST', path: '/api/patients/find', body: findPatientsRequest.parse(request), signal });

export const readInvitation = (id: VisitId, signal: AbortSignal) =>
  ask(invitation, { method: 'GET', path: `/api/visits/${id}/invitation`, signal });
export const renewInvitation = (id: VisitId) =>
  ask(invitation, { method: 'POST', path: `/api/visits/${id}/invitation` });
export const revokeInvitation = (id: VisitId) => tell({ method: 'DELETE', path: `/api/visits/${id}/invitation` });

const guestPathOf = (id: VisitId, participantId: ParticipantId) => `/api/visits/${id}/guests/${participantId}` as const;
export const listGuests = (id: VisitId, signal: AbortSignal) =>
  ask(guestList, { method: 'GET', path: `/api/visits/${id}/guests`, signal });
export const inviteGuest = (id: VisitId, request: InviteGuestRequest) =>
  ask(guestInvitation, { method: 'POST', path: `/api/visits/${id}/guests`, body: inviteGuestRequest.parse(request) });
export const readGuestInvitation = (id: VisitId, participantId: ParticipantId) =>
  ask(guestInvitation, { method: 'GET', path: `${guestPathOf(id, participantId)}/invitation` });
export const putOffGuestEnd = (id: VisitId, participantId: ParticipantId, end: Date) =>
  ask(guest, { method: 'PUT', path: `${guestPathOf(id, participantId)}/end`, body: { endsAt: end.toISOString() } });
export const withdrawGuest = (id: VisitId, participantId: ParticipantId) =>
  tell({ method: 'DELETE', path: guestPathOf(id, participantId) });

/** Ends the session that a patient's own key began, if there is one. */
export const endOwnPage = () => tell({ method: 'DELETE', path: '/api/portal/session' });

export const changeBirthDate = (id: VisitId, request: z.input<typeof birthDateRequest>) =>
  tell({ method: 'PUT', path: `/api/visits/${id}/birth-date`, body: birthDateRequest.parse(request) });
export const redeemInvitation = (request: z.input<typeof joinRequest>) =>
  ask(joinView, { method: 'POST', path: '/api/join', body: joinRequest.parse(request) });
export const readJoin = (signal: AbortSignal) => ask(joinView, { method: 'GET', path: '/api/join', signal });
export const readGuestKinds = (signal: AbortSignal) =>
  ask(guestKindList, { method: 'GET', path: '/api/join/guests', signal });
/** As `signOut`, for a patient's or a guest's session. */
export async function endJoin(): Promise<void> {
  await closeAllOpen();
  await tell({ method: 'DELETE', path: '/api/join' });
}
