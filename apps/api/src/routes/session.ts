import { idleLock, signInRequest, staffSession } from '@sotto/protocol/clinic';
import { accepted, refused } from '@sotto/protocol/result';
import { activityReport, passkeySignIn, signInOptions, signInStep, unlockRequest } from '@sotto/protocol/signIn';
import { addressKey } from '@sotto/service/addressKey';
import type { Listener } from '@sotto/service/listener';
import { answer, noContent, refusals } from '../answer.ts';
import { answerBegun, arrivalOf, signInRecordOf } from '../arrival.ts';
import { inOneOf, recorderOf } from '../audit/recordedAct.ts';
import { clearCookie, readCookie } from '../cookies.ts';
import { signInByPasskey } from '../passkeySignIn.ts';
import { signIn, unlockByPassword } from '../passwordSignIn.ts';
import { issueChallenge } from '../signInChallenge.ts';
import type { LoggedSignInContext } from '../staffPasskeys.ts';
import { readSession, reportActivity, signOut } from '../staffSession.ts';

/** Staff sign in, ask who they are, sign out. @param origins of the pages that may ask for a passkey */
export function addSessionRoutes(api: Listener, context: LoggedSignInContext, origins: readonly string[]): void {
  api.route({
    method: 'POST',
    url: '/session',
    config: {
      access: {
        public: 'Who signs in has no session yet; attempts are counted.',
        open: { entry: 'session:begin', recorded: 'act', by: 'handler' },
      },
    },
    schema: { body: signInRequest, response: { 200: staffSession, 202: signInStep, ...refusals } },
    handler: async (request, reply) => {
      const result = await signIn(context, request.body, arrivalOf(request));
      if (!result.ok) return answer(reply, result);
      if (result.value.tag === 'step') {
        await recorderOf(request).refuse();
        return answer(reply, accepted(result.value.step), 202);
      }
      return answerBegun(reply, result.value);
    },
  });

  api.route({
    method: 'POST',
    url: '/session/passkey/options',
    config: {
      access: {
        public: 'Who signs in has no session yet; what it gives is good for one try.',
        open: { silent: 'Nobody is known yet: what is done with it is recorded.' },
      },
    },
    schema: { response: { 201: signInOptions, ...refusals } },
    handler: async (request, reply) => answer(reply, await issueChallenge(context, addressKey(request.ip)), 201),
  });

  api.route({
    method: 'POST',
    url: '/session/passkey',
    config: {
      access: {
        public: 'Who signs in has no session yet; a passkey proves who it is, and attempts are counted.',
        open: { entry: 'session:begin', recorded: 'act', by: 'handler' },
      },
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
    config: {
      access: {
        public: 'Tells a session of itself, also while none of its roles counts.',
        open: { silent: 'Tells nothing of anybody else, and changes nothing.' },
      },
    },
    schema: { response: { 200: staffSession, ...refusals } },
    handler: async (request, reply) => answer(reply, await readSession(context, readCookie(request, 'staff'))),
  });

  api.route({
    method: 'POST',
    url: '/session/activity',
    config: {
      access: {
        public: 'Is about the session whose cookie comes with it, and opens nothing.',
        open: { silent: 'Says that somebody is there still, once a minute.' },
      },
    },
    schema: { body: activityReport, response: { 200: idleLock, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await reportActivity(context, readCookie(request, 'staff'), request.body)),
  });

  api.route({
    method: 'POST',
    url: '/session/unlock',
    config: {
      access: {
        public: 'Who unlocks a session shows that it is theirs; attempts are counted.',
        open: { entry: 'session:unlock', recorded: 'act', by: 'holder' },
      },
    },
    schema: { body: unlockRequest, response: { 200: staffSession, 202: signInStep, ...refusals } },
    handler: async (request, reply) => {
      if (request.recorder === null) return answer(reply, refused('unauthenticated'));
      const result = await unlockByPassword(context, readCookie(request, 'staff'), request.body, {
        ...{ address: addressKey(request.ip), record: signInRecordOf(request), inOne: inOneOf(request) },
      });
      if (!result.ok || !('needs' in result.value)) return answer(reply, result);
      await recorderOf(request).refuse();
      return answer(reply, result, 202);
    },
  });

  api.route({
    method: 'DELETE',
    url: '/session',
    config: {
      access: {
        public: 'Ends the session whose cookie comes with it, and nothing else.',
        open: { entry: 'session:end', recorded: 'act', by: 'holder' },
      },
    },
    schema: { response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      const token = readCookie(request, 'staff');
      // Of a session that is over already nothing ends. However much its holder did before, they may go.
      const result =
        (await request.recorder?.inOne((database) => signOut({ ...context, database }, token))) ?? accepted(undefined);
      return answer(clearCookie(reply, 'staff'), result);
    },
  });
}
