import { idleLock, signInRequest, staffSession } from '@sotto/protocol/clinic';
import { accepted, refused } from '@sotto/protocol/result';
import { activityReport, passkeySignIn, signInOptions, signInStep, unlockRequest } from '@sotto/protocol/signIn';
import { addressKey } from '@sotto/service/addressKey';
import type { Listener } from '@sotto/service/listener';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answer, noContent, refusals } from '../answer.ts';
import { stateHash } from '../audit/act.ts';
import { inOneOf, recordedAct, recorderOf } from '../audit/recordedAct.ts';
import type { Arrival, BegunSession, SignInRecord } from '../beginSession.ts';
import { staffSessionHours } from '../clinicContext.ts';
import { clearCookie, readCookie, setCookie } from '../cookies.ts';
import { signInByPasskey } from '../passkeySignIn.ts';
import { signIn, unlockByPassword } from '../passwordSignIn.ts';
import { issueChallenge } from '../signInChallenge.ts';
import type { LoggedSignInContext } from '../staffPasskeys.ts';
import { readSession, reportActivity, signOut } from '../staffSession.ts';
import { viewerOf } from '../viewer.ts';

/** As long as browsers keep a cookie at most (RFC 6265bis). */
const deviceDays = 400;

const arrivalOf = (request: FastifyRequest): Arrival => ({
  address: addressKey(request.ip),
  viewer: viewerOf(request),
  former: readCookie(request, 'staff'),
  device: readCookie(request, 'device'),
  record: signInRecordOf(request),
});

/** Who signed in is whose session it is; who was refused is nobody, at the account that they tried. */
function signInRecordOf(request: FastifyRequest): SignInRecord {
  const recorder = recorderOf(request);
  return {
    tried: (staff) => recorder.about({ resource: `account:${staff}` }),
    async begin({ staff, session, method }, act) {
      recorder.by({ actor: staff, role: 'holder', session });
      recorder.about({
        action: `session:begin:${method}`,
        resource: `account:${staff}`,
        after: stateHash({ session }),
      });
      await recorder.inOne(async (transaction) => {
        await act(transaction);
        return accepted(undefined);
      });
    },
  };
}

function answerBegun(reply: FastifyReply, { session, token, device }: BegunSession): FastifyReply {
  setCookie(reply, 'device', device, deviceDays * 24 * 3600);
  setCookie(reply, 'staff', token, staffSessionHours * 3600);
  return answer(reply, accepted(session));
}

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
    config: { access: { public: 'Who signs in has no session yet; what it gives is good for one try.' } },
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
    config: { access: { public: 'Tells a session of itself, also while none of its roles counts.' } },
    schema: { response: { 200: staffSession, ...refusals } },
    handler: async (request, reply) => answer(reply, await readSession(context, readCookie(request, 'staff'))),
  });

  api.route({
    method: 'POST',
    url: '/session/activity',
    config: { access: { public: 'Is about the session whose cookie comes with it, and opens nothing.' } },
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
      // Of a session that is over already nothing ends.
      const result =
        request.recorder === null
          ? accepted(undefined)
          : await recordedAct(request, context, (inOne) => signOut(inOne, token));
      return answer(clearCookie(reply, 'staff'), result);
    },
  });
}
