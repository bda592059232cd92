import type { SessionId } from '@sotto/protocol/ids';
import { type KnownDevices, newDevices, ownSessions } from '@sotto/protocol/signIn';
import { queryOptions } from '@tanstack/react-query';
import { ask, tell } from '../clinic/clinicRequest.ts';

/** Where somebody is signed in. Everything throws `ClinicFault`. */

export const ownSessionsQuery = queryOptions({
  queryKey: ['session', 'own'],
  queryFn: ({ signal }) => ask(ownSessions, { method: 'GET', path: '/api/sessions', signal }),
  refetchInterval: 30_000,
});

export const newDevicesQuery = queryOptions({
  queryKey: ['session', 'devices'],
  queryFn: ({ signal }) => ask(newDevices, { method: 'GET', path: '/api/sessions/devices', signal }),
  staleTime: 5 * 60_000,
});

export const endSession = (id: SessionId) => tell({ method: 'DELETE', path: `/api/sessions/${id}` });
export const endOtherSessions = () => tell({ method: 'DELETE', path: '/api/sessions' });
export const knowDevices = (body: KnownDevices) => tell({ method: 'POST', path: '/api/sessions/devices/known', body });
