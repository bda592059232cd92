import { factorProof, newTotp, recoveryCodes, secondFactors, totpConfirmation } from '@sotto/protocol/signIn';
import type { Listener } from '@sotto/service/listener';
import type { FastifyRequest } from 'fastify';
import type { PublicAccess } from '../access/declaration.ts';
import { answer, noContent, refusals } from '../answer.ts';
import { inOneOf } from '../audit/recordedAct.ts';
import { readCookie } from '../cookies.ts';
import { beginTotp, endTotp, finishTotp, readFactors, renewRecoveryCodes } from '../secondFactors.ts';
import type { SignInContext } from '../staffPasskeys.ts';

const reason = 'Is about the account whose session it is, also while none of its roles counts.';
const own = { access: { public: reason } };
const changing: { access: PublicAccess } = {
  access: { public: reason, open: { entry: 'factor:change', recorded: 'act', by: 'holder' } },
};

/** What somebody has beside their password. */
export function addSecondFactorRoutes(api: Listener, context: SignInContext): void {
  const recordedFor = (request: FastifyRequest) => ({ ...context, inOne: inOneOf(request) });

  api.route({
    method: 'GET',
    url: '/session/factors',
    config: own,
    schema: { response: { 200: secondFactors, ...refusals } },
    handler: async (request, reply) => answer(reply, await readFactors(context, readCookie(request, 'staff'))),
  });

  api.route({
    method: 'POST',
    url: '/session/factors/totp',
    config: changing,
    schema: { body: factorProof, response: { 201: newTotp, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await beginTotp(recordedFor(request), readCookie(request, 'staff'), request.body), 201),
  });

  api.route({
    method: 'POST',
    url: '/session/factors/totp/confirmation',
    config: changing,
    schema: { body: totpConfirmation, response: { 200: recoveryCodes, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await finishTotp(recordedFor(request), readCookie(request, 'staff'), request.body.code)),
  });

  api.route({
    method: 'POST',
    url: '/session/factors/totp/removal',
    config: changing,
    schema: { body: factorProof, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await endTotp(recordedFor(request), readCookie(request, 'staff'), request.body)),
  });

  api.route({
    method: 'POST',
    url: '/session/factors/recovery-codes',
    config: changing,
    schema: { body: factorProof, response: { 201: recoveryCodes, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await renewRecoveryCodes(recordedFor(request), readCookie(request, 'staff'), request.body), 201),
  });
}
