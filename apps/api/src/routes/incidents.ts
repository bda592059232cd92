import { incidentPath, incidentsView, openedIncident, openIncidentRequest, stepPath } from '@sotto/protocol/incidents';
import { accepted, refused } from '@sotto/protocol/result';
import type { Listener } from '@sotto/service/listener';
import { clinic } from '../access/resource.ts';
import type { AlertChannels } from '../alerts/alertChannels.ts';
import {
  askToDisable,
  disablingResource,
  incidentResource,
  noteStep,
  openIncident,
  stepResource,
} from '../alerts/incidents.ts';
import { readIncidents } from '../alerts/incidentViews.ts';
import { answer, noContent, refusals } from '../answer.ts';
import { recordedAct, recorderOf } from '../audit/recordedAct.ts';
import { readStaffPass } from '../caller.ts';
import type { RecordsContext } from '../relay.ts';
import { findStaff } from '../staffSession.ts';

/** What was found to be unusual, and the plan of what to do (packages/protocol, incidents). */
export function addIncidentRoutes(api: Listener, context: RecordsContext & { readonly channels: AlertChannels }): void {
  api.route({
    method: 'GET',
    url: '/incidents',
    config: { access: { action: 'incident:read', resource: clinic, sessions: ['staff'], recorded: 'again' } },
    schema: { response: { 200: incidentsView, ...refusals } },
    handler: async (_request, reply) => answer(reply, accepted(await readIncidents(context))),
  });

  api.route({
    method: 'POST',
    url: '/incidents',
    config: { access: { action: 'incident:open', resource: clinic, sessions: ['staff'] } },
    schema: { body: openIncidentRequest, response: { 201: openedIncident, ...refusals } },
    handler: async (request, reply) => {
      const { about } = request.body;
      const open = (inOne: Parameters<typeof openIncident>[0]) => openIncident(inOne, about);
      const opened = await recordedAct(request, context, open, ({ id }) => ({ resource: incidentResource(id) }));
      return answer(reply, opened, 201);
    },
  });

  api.route({
    method: 'POST',
    url: '/incidents/:incidentId/disable',
    config: { access: { action: 'incident:disable', resource: clinic, sessions: ['staff'] } },
    schema: { params: incidentPath, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      const staff = await findStaff(context, readStaffPass(request));
      if (staff === undefined) return answer(reply, refused('unauthenticated'));
      const { incidentId: incident } = request.params;
      recorderOf(request).about({ resource: disablingResource(incident) });
      const asked = await recordedAct(request, context, (inOne) => askToDisable(inOne, { incident, by: staff.id }));
      return answer(reply, asked);
    },
  });

  api.route({
    method: 'PUT',
    url: '/incidents/:incidentId/steps/:step',
    config: { access: { action: 'incident:step', resource: clinic, sessions: ['staff'] } },
    schema: { params: stepPath, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      const staff = await findStaff(context, readStaffPass(request));
      if (staff === undefined) return answer(reply, refused('unauthenticated'));
      const { incidentId: incident, step } = request.params;
      recorderOf(request).about({ resource: stepResource({ incident, step }) });
      return answer(
        reply,
        await recordedAct(request, context, (inOne) => noteStep(inOne, { incident, step, by: staff.id })),
      );
    },
  });
}
