import { signInRequest, staffSession } from '@sotto/protocol/clinic';
import { accepted } from '@sotto/protocol/result';
import { passkeySignIn, signInOptions, signInStep } from '@sotto/protocol/signIn';
import { addressKey } from '@sotto/service/addressKey';
import type { Listener } from '@sotto/service/listener';
import { answer, noContent, refusals } from '../answer.ts';
import { answerBegun, arrivalOf } from '../arrival.ts';
import { clearCookie, readCookie } from '../cookies.ts';
import { signInByPasskey } from '../passkeySignIn.ts';
import { signIn } from '../passwordSignIn.ts';
import { issueChallenge } from '../signInChallenge.ts';
import type { LoggedSignInContext } from '../staffPasskeys.ts';
import { readSession, signOut } from '../staffSession.ts';

/** Staff sign in, ask who they are, sign out. @param origins of the pages that may ask for a passkey */
export function addSessionRoutes(api: Listener, context: LoggedSignInContext, origins: readonly string[]): void {
  api.route({
    method: 'POST',
    url: '/session',
    config: { access: { public: 'Who signs in has no session yet; attempts are counted.' } },
    schema: { body: signInRequest, response: { 200: staffSession, 202: signInStep, ...refusals } },
    handler: async (request, reply) => {
      const result = await signIn(context, request.body, arrivalOf(request));
      if (!result.ok) return answer(reply, result);
      if (result.value.tag === 'step') return answer(reply, accepted(result.value.step), 202);
      return answerBegun(reply, result.value);
    },
  });

  api.route({
    method: 'POST',
    url: '/session/passkey/options',
    config: { access: { public: 'Who signs in has no session yet; what it gives is good for one try.' } },
    schema: { response: { 201: signInOptions, ...refusals } },
    handler: async (request, reply) => answer(reply, await issueChallenge(context, addressKey(request.ip)), 201),
  });

  api.route({
    method: 'POST',
    url: '/session/passkey',
    config: {
      access: { public: 'Who signs in has no session yet; a passkey proves who it is, and attempts are counted.' },
    },
    schema: { body: passkeySignIn, response: { 200: staffSession, ...refusals } },
    handler: async (request, reply) => {
      const result = await signInByPasskey(context, request.body, origins, arrivalOf(request));
      return result.ok ? answerBegun(reply, result.value) : answer(reply, result);
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
