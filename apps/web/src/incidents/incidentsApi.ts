import { type IncidentId, type IncidentStep, incidentsView, openedIncident } from '@sotto/protocol/incidents';
import { queryOptions } from '@tanstack/react-query';
import { ask, tell } from '../clinic/clinicRequest.ts';

/** Incidents and what is held up. Everything throws `ClinicFault`. */
export const incidentsQuery = queryOptions({
  // With what an act at the keystore makes stale.
  queryKey: ['keystore', 'incidents'],
  queryFn: ({ signal }) => ask(incidentsView, { method: 'GET', path: '/api/incidents', signal }),
  refetchInterval: 5_000,
});

export const openIncident = () => ask(openedIncident, { method: 'POST', path: '/api/incidents' });
export const noteStep = (incident: IncidentId, step: IncidentStep) =>
  tell({ method: 'PUT', path: `/api/incidents/${incident}/steps/${step}` });
