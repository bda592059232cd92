import type { PlatformAction } from '@sotto/protocol/platformLog';
import {
  factorProof,
  newTotp,
  passwordChange,
  recoveryCodes,
  secondFactors,
  totpConfirmation,
} from '@sotto/protocol/signIn';
import type { Listener } from '@sotto/service/listener';
import type { FastifyRequest } from 'fastify';
import type { PublicAccess } from '../access/declaration.ts';
import { answer, noContent, refusals } from '../answer.ts';
import { inOneOf } from '../audit/recordedAct.ts';
import { readCookie } from '../cookies.ts';
import type { OidcProvider } from '../oidcProvider.ts';
import { changePassword } from '../ownPassword.ts';
import { beginTotp, endTotp, finishTotp, readFactors, renewRecoveryCodes } from '../secondFactors.ts';
import type { LoggedSignInContext } from '../staffPasskeys.ts';

const reason = 'Is about the account whose session it is, also while none of its roles counts.';
const own = {
  access: { public: reason, open: { silent: 'Tells whoever it is of their own account alone, and changes nothing.' } },
};
const recorded = (entry: PlatformAction): { access: PublicAccess } => ({
  access: { public: reason, open: { entry, recorded: 'act', by: 'holder' } },
});
const changing = recorded('factor:change');

/** How somebody signs in: their password, and what they have beside it. */
export function addSecondFactorRoutes(
  api: Listener,
  context: LoggedSignInContext,
  provider: Pick<OidcProvider, 'issuer'> | null,
): void {
  const recordedFor = (request: FastifyRequest) => ({ ...context, inOne: inOneOf(request) });

  api.route({
    method: 'GET',
    url: '/session/factors',
    config: own,
    schema: { response: { 200: secondFactors, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await readFactors(context, readCookie(request, 'staff'), provider?.issuer ?? null)),
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

  api.route({
    method: 'POST',
    url: '/session/password',
    config: recorded('factor:password'),
    schema: { body: passwordChange, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await changePassword(recordedFor(request), readCookie(request, 'staff'), request.body)),
  });
}
