import { staffSession } from '@sotto/protocol/clinic';
import { accountLinkRequest } from '@sotto/protocol/people';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { factorProof, oidcReturn, oidcStart } from '@sotto/protocol/signIn';
import { addressKey } from '@sotto/service/addressKey';
import type { Listener } from '@sotto/service/listener';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answer, noContent, refusals, refuse } from '../answer.ts';
import { answerBegun, arrivalOf } from '../arrival.ts';
import type { AttemptLimit } from '../attemptLimit.ts';
import { inOneOf, recorderOf } from '../audit/recordedAct.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { clearCookie, readCookie, setCookie } from '../cookies.ts';
import { attemptSeconds } from '../oidcAttempt.ts';
import type { OidcProvider } from '../oidcProvider.ts';
import { endBinding, finishOidc, type OidcContext, startAccount, startBinding, startSignIn } from '../oidcSignIn.ts';
import { asHolder } from '../staffSession.ts';

const reason = 'Is about the account whose session it is, also while none of its roles counts.';
const departure = { silent: 'Nobody is known by it yet: what comes back is recorded.' };

function answerDeparture(reply: FastifyReply, result: Result<{ url: string; cookie: string }>): FastifyReply {
  if (!result.ok) return answer(reply, result);
  const { url, cookie } = result.value;
  setCookie(reply, 'oidc', cookie, attemptSeconds);
  return answer(reply, accepted({ url }), 201);
}

/** There is no provider. Counted: it is recorded, and strangers would fill the log with it. */
async function refuseStranger(
  request: FastifyRequest,
  reply: FastifyReply,
  limit: AttemptLimit,
): Promise<FastifyReply> {
  const taken = await limit.take(addressKey(request.ip));
  return answer(reply, taken.ok ? refused('notFound') : taken);
}

/** As `refuseStranger`, to who is signed in. */
const refuseHolder = (clinic: ClinicContext, request: FastifyRequest): Promise<Result<never>> =>
  asHolder(clinic, readCookie(request, 'staff'), async () => refused('notFound'));

/** Staff sign in through the clinic's provider of OpenID Connect: without one all of it is `notFound`. */
export function addOidcRoutes(
  api: Listener,
  clinic: Omit<OidcContext, 'provider'>,
  provider: OidcProvider | null,
): void {
  const context = provider === null ? null : { ...clinic, provider };

  api.route({
    method: 'POST',
    url: '/session/oidc/start',
    config: {
      access: { public: 'Who signs in has no session yet; what it gives is good for one try.', open: departure },
    },
    schema: { response: { 201: oidcStart, ...refusals } },
    handler: async (request, reply) =>
      context === null
        ? refuse(reply, 'notFound')
        : answerDeparture(reply, await startSignIn(context, addressKey(request.ip))),
  });

  api.route({
    method: 'POST',
    url: '/session/oidc',
    config: {
      access: {
        public: 'Who signs in has no session yet; the provider proves who it is, and attempts are counted.',
        open: { entry: 'session:begin:oidc', recorded: 'act', by: 'handler' },
      },
    },
    schema: { body: oidcReturn, response: { 200: staffSession, 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      if (context === null) return refuseStranger(request, reply, clinic.limits.signInByAddress);
      const result = await finishOidc(context, request.body, {
        ...{ arrival: arrivalOf(request), recorder: recorderOf(request), cookie: readCookie(request, 'oidc') },
        onTaken: () => void clearCookie(reply, 'oidc'),
      });
      return result.ok && result.value !== undefined ? answerBegun(reply, result.value) : answer(reply, result);
    },
  });

  api.route({
    method: 'POST',
    url: '/session/factors/oidc',
    config: {
      access: {
        public: reason,
        open: { entry: 'factor:bind', recorded: { elsewhere: departure.silent }, by: 'holder' },
      },
    },
    schema: { body: factorProof, response: { 201: oidcStart, ...refusals } },
    handler: async (request, reply) =>
      context === null
        ? answer(reply, await refuseHolder(clinic, request))
        : answerDeparture(reply, await startBinding(context, readCookie(request, 'staff'), request.body)),
  });

  api.route({
    method: 'POST',
    url: '/session/factors/oidc/removal',
    config: { access: { public: reason, open: { entry: 'factor:unbind', recorded: 'act', by: 'holder' } } },
    schema: { body: factorProof, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      context === null
        ? answer(reply, await refuseHolder(clinic, request))
        : answer(
            reply,
            await endBinding({ ...context, inOne: inOneOf(request) }, readCookie(request, 'staff'), request.body),
          ),
  });

  api.route({
    method: 'POST',
    url: '/account/oidc',
    config: {
      access: {
        public: 'Whoever holds a link’s secret begins the account that it is for; tries are counted.',
        open: { entry: 'account:begin', recorded: { elsewhere: departure.silent }, by: 'handler' },
      },
    },
    schema: { body: accountLinkRequest, response: { 201: oidcStart, ...refusals } },
    handler: async (request, reply) => {
      if (context === null) return refuseStranger(request, reply, clinic.limits.accountLinks);
      const taken = await context.limits.accountLinks.take(addressKey(request.ip));
      return answerDeparture(reply, taken.ok ? await startAccount(context, request.body.secret) : taken);
    },
  });
}
