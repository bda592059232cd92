import {
  clientConfig,
  createVisitRequest,
  type InvitationSecret,
  invitation,
  joinView,
  signInRequest,
  staffSession,
  visit,
  visitList,
} from '@sotto/protocol/clinic';
import type { VisitId } from '@sotto/protocol/ids';
import type * as z from 'zod';
import { ask, tell } from './clinicRequest.ts';

/** The clinic's HTTP interface as the pages use it. Everything throws `ClinicFault`. */

export const readConfig = (signal: AbortSignal) => ask(clientConfig, { method: 'GET', path: '/api/config', signal });

export const signIn = (credentials: z.input<typeof signInRequest>) =>
  ask(staffSession, { method: 'POST', path: '/api/session', body: signInRequest.parse(credentials) });
export const readSession = (signal: AbortSignal) => ask(staffSession, { method: 'GET', path: '/api/session', signal });
export const signOut = () => tell({ method: 'DELETE', path: '/api/session' });

export const listVisits = (from: Date, to: Date, signal: AbortSignal) => {
  const query = new URLSearchParams({ from: from.toISOString(), to: to.toISOString() });
  return ask(visitList, { method: 'GET', path: `/api/visits?${query.toString()}`, signal });
};
export const readVisit = (id: VisitId, signal: AbortSignal) =>
  ask(visit, { method: 'GET', path: `/api/visits/${id}`, signal });
export const createVisit = (request: z.input<typeof createVisitRequest>) =>
  ask(visit, { method: 'POST', path: '/api/visits', body: createVisitRequest.parse(request) });

export const readInvitation = (id: VisitId, signal: AbortSignal) =>
  ask(invitation, { method: 'GET', path: `/api/visits/${id}/invitation`, signal });
export const renewInvitation = (id: VisitId) =>
  ask(invitation, { method: 'POST', path: `/api/visits/${id}/invitation` });
export const revokeInvitation = (id: VisitId) => tell({ method: 'DELETE', path: `/api/visits/${id}/invitation` });

export const redeemInvitation = (secret: InvitationSecret) =>
  ask(joinView, { method: 'POST', path: '/api/join', body: { secret } });
export const readJoin = (signal: AbortSignal) => ask(joinView, { method: 'GET', path: '/api/join', signal });
export const endJoin = () => tell({ method: 'DELETE', path: '/api/join' });
