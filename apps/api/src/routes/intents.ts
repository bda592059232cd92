import { intentGrant, intentRequest } from '@sotto/protocol/phi';
import type { Listener } from '@sotto/service/listener';
import { sessionKinds } from '../access/caller.ts';
import type { PhiRoutes } from '../access/phiRoutes.ts';
import { answer, refusals } from '../answer.ts';
import { recorderOf } from '../audit/recordedAct.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { issueIntent } from '../phiIntents.ts';

/** What somebody says before each thing that they do with a patient's content. */
export function addIntentRoute(api: Listener, context: ClinicContext, routes: PhiRoutes): void {
  api.route({
    method: 'POST',
    url: '/intents',
    config: {
      access: { leaveFor: (request) => routes.leaveFor(request), sessions: sessionKinds, recorded: 'answer' },
    },
    schema: { body: intentRequest, response: { 201: intentGrant, ...refusals } },
    handler: async (request, reply) => {
      const { route, purpose } = request.body;
      const { phi } = routes.accessOf(route);
      return answer(reply, await issueIntent(context, recorderOf(request), phi, purpose), 201);
    },
  });
}
