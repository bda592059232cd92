import type { PlatformAction } from '@sotto/protocol/platformLog';
import { knownDevices, newDevices, ownSessions, sessionPath } from '@sotto/protocol/signIn';
import type { Listener } from '@sotto/service/listener';
import type { PublicAccess } from '../access/declaration.ts';
import { answer, noContent, refusals } from '../answer.ts';
import { stateHash } from '../audit/act.ts';
import { recordedAct } from '../audit/recordedAct.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { readCookie } from '../cookies.ts';
import { endOtherSessions, endOwnSession, listOwnSessions } from '../ownSessions.ts';
import { knowDevices, listNewDevices } from '../staffDevices.ts';

const reason = 'Is about the account whose session it is, also while none of its roles counts.';
const own = {
  access: { public: reason, open: { silent: 'Tells whoever it is of their own account alone, and changes nothing.' } },
};
const changing = (entry: PlatformAction): { access: PublicAccess } => ({
  access: { public: reason, open: { entry, recorded: 'act', by: 'holder' } },
});

/** Where somebody is signed in, and in which devices that are new. */
export function addOwnSessionRoutes(api: Listener, context: ClinicContext): void {
  api.route({
    method: 'GET',
    url: '/sessions',
    config: own,
    schema: { response: { 200: ownSessions, ...refusals } },
    handler: async (request, reply) => answer(reply, await listOwnSessions(context, readCookie(request, 'staff'))),
  });

  api.route({
    method: 'DELETE',
    url: '/sessions',
    config: changing('session:end'),
    schema: { response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      answer(
        reply,
        await recordedAct(request, context, (inOne) => endOtherSessions(inOne, readCookie(request, 'staff'))),
      ),
  });

  api.route({
    method: 'DELETE',
    url: '/sessions/:sessionId',
    config: changing('session:end'),
    schema: { params: sessionPath, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      answer(
        reply,
        await recordedAct(
          request,
          context,
          (inOne) => endOwnSession(inOne, readCookie(request, 'staff'), request.params.sessionId),
          () => ({ before: stateHash({ session: request.params.sessionId }) }),
        ),
      ),
  });

  api.route({
    method: 'GET',
    url: '/sessions/devices',
    config: own,
    schema: { response: { 200: newDevices, ...refusals } },
    handler: async (request, reply) => answer(reply, await listNewDevices(context, readCookie(request, 'staff'))),
  });

  api.route({
    method: 'POST',
    url: '/sessions/devices/known',
    config: changing('session:devices'),
    schema: { body: knownDevices, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      answer(
        reply,
        await recordedAct(request, context, (inOne) => knowDevices(inOne, readCookie(request, 'staff'), request.body)),
      ),
  });
}
