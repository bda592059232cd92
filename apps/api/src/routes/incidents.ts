import { incidentsView, openedIncident, stepPath } from '@sotto/protocol/incidents';
import { accepted, refused } from '@sotto/protocol/result';
import type { Listener } from '@sotto/service/listener';
import { clinic } from '../access/resource.ts';
import type { AlertContext } from '../alerts/alertContext.ts';
import { noteStep, openIncident } from '../alerts/incidents.ts';
import { readIncidents } from '../alerts/incidentViews.ts';
import { answer, noContent, refusals } from '../answer.ts';
import { readStaffPass } from '../caller.ts';
import type { RecordsContext } from '../relay.ts';
import { findStaff } from '../staffSession.ts';

/** What was found to be unusual, and the plan of what to do (packages/protocol, incidents). */
export function addIncidentRoutes(api: Listener, context: RecordsContext & AlertContext): void {
  api.route({
    method: 'GET',
    url: '/incidents',
    config: { access: { action: 'incident:read', resource: clinic, sessions: ['staff'] } },
    schema: { response: { 200: incidentsView, ...refusals } },
    handler: async (_request, reply) => answer(reply, accepted(await readIncidents(context))),
  });

  api.route({
    method: 'POST',
    url: '/incidents',
    config: { access: { action: 'incident:act', resource: clinic, sessions: ['staff'] } },
    schema: { response: { 201: openedIncident, ...refusals } },
    handler: async (_request, reply) => answer(reply, accepted(await openIncident(context)), 201),
  });

  api.route({
    method: 'PUT',
    url: '/incidents/:incidentId/steps/:step',
    config: { access: { action: 'incident:act', resource: clinic, sessions: ['staff'] } },
    schema: { params: stepPath, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      const staff = await findStaff(context, readStaffPass(request));
      if (staff === undefined) return answer(reply, refused('unauthenticated'));
      const { incidentId: incident, step } = request.params;
      return answer(reply, await noteStep(context, { incident, step, by: staff.id }));
    },
  });
}
