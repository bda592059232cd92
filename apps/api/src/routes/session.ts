import { signInRequest, staffSession } from '@sotto/protocol/clinic';
import { accepted } from '@sotto/protocol/result';
import { addressKey } from '@sotto/service/addressKey';
import type { Listener } from '@sotto/service/listener';
import { answer, noContent, refusals } from '../answer.ts';
import { type ClinicContext, staffSessionHours } from '../clinicContext.ts';
import { clearCookie, readCookie, setCookie } from '../cookies.ts';
import { readSession, signIn, signOut } from '../staffSession.ts';

/** Staff sign in, ask who they are, sign out. */
export function addSessionRoutes(api: Listener, context: ClinicContext): void {
  api.route({
    method: 'POST',
    url: '/session',
    config: { access: { public: 'Who signs in has no session yet; attempts are counted.' } },
    schema: { body: signInRequest, response: { 200: staffSession, ...refusals } },
    handler: async (request, reply) => {
      const result = await signIn(context, request.body, addressKey(request.ip), readCookie(request, 'staff'));
      if (!result.ok) return answer(reply, result);
      setCookie(reply, 'staff', result.value.token, staffSessionHours * 3600);
      return answer(reply, accepted(result.value.session));
    },
  });

  api.route({
    method: 'GET',
    url: '/session',
    config: { access: { public: 'Tells a session of itself, also while none of its roles counts.' } },
    schema: { response: { 200: staffSession, ...refusals } },
    handler: async (request, reply) => answer(reply, await readSession(context, readCookie(request, 'staff'))),
  });

  api.route({
    method: 'DELETE',
    url: '/session',
    config: { access: { public: 'Ends the session whose cookie comes with it, and nothing else.' } },
    schema: { response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      const result = await signOut(context, readCookie(request, 'staff'));
      return answer(clearCookie(reply, 'staff'), result);
    },
  });
}
