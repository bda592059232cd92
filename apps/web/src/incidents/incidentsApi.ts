import type { StaffId } from '@sotto/protocol/ids';
import {
  type IncidentId,
  type IncidentStep,
  incidentsView,
  openedIncident,
  openIncidentRequest,
} from '@sotto/protocol/incidents';
import { queryOptions } from '@tanstack/react-query';
import { ask, tell } from '../clinic/clinicRequest.ts';

/** Incidents and what is held up. Everything throws `ClinicFault`. */
export const incidentsQuery = queryOptions({
  // With what an act at the keystore makes stale.
  queryKey: ['keystore', 'incidents'],
  queryFn: ({ signal }) => ask(incidentsView, { method: 'GET', path: '/api/incidents', signal }),
  refetchInterval: 5_000,
});

export const openIncident = (about: StaffId | null) =>
  ask(openedIncident, { method: 'POST', path: '/api/incidents', body: openIncidentRequest.parse({ about }) });
export const disableAbout = (incident: IncidentId) =>
  tell({ method: 'POST', path: `/api/incidents/${incident}/disable` });
export const noteStep = (incident: IncidentId, step: IncidentStep) =>
  tell({ method: 'PUT', path: `/api/incidents/${incident}/steps/${step}` });
