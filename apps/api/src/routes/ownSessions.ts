import { knownDevices, newDevices, ownSessions, sessionPath } from '@sotto/protocol/signIn';
import type { Listener } from '@sotto/service/listener';
import { answer, noContent, refusals } from '../answer.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { readCookie } from '../cookies.ts';
import { endOtherSessions, endOwnSession, listOwnSessions } from '../ownSessions.ts';
import { knowDevices, listNewDevices } from '../staffDevices.ts';

const own = { access: { public: 'Is about the account whose session it is, also while none of its roles counts.' } };

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
    config: own,
    schema: { response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => answer(reply, await endOtherSessions(context, readCookie(request, 'staff'))),
  });

  api.route({
    method: 'DELETE',
    url: '/sessions/:sessionId',
    config: own,
    schema: { params: sessionPath, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await endOwnSession(context, readCookie(request, 'staff'), request.params.sessionId)),
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
    config: own,
    schema: { body: knownDevices, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await knowDevices(context, readCookie(request, 'staff'), request.body)),
  });
}
