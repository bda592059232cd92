import {
  factorProof,
  newTotp,
  passwordChange,
  recoveryCodes,
  secondFactors,
  totpConfirmation,
} from '@sotto/protocol/signIn';
import type { Listener } from '@sotto/service/listener';
import { answer, noContent, refusals } from '../answer.ts';
import { readCookie } from '../cookies.ts';
import type { OidcProvider } from '../oidcProvider.ts';
import { changePassword } from '../ownPassword.ts';
import { beginTotp, endTotp, finishTotp, readFactors, renewRecoveryCodes } from '../secondFactors.ts';
import type { LoggedSignInContext } from '../staffPasskeys.ts';

const own = { access: { public: 'Is about the account whose session it is, also while none of its roles counts.' } };

/** How somebody signs in: their password, and what they have beside it. */
export function addSecondFactorRoutes(
  api: Listener,
  context: LoggedSignInContext,
  provider: Pick<OidcProvider, 'issuer'> | null,
): void {
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
    config: own,
    schema: { body: factorProof, response: { 201: newTotp, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await beginTotp(context, readCookie(request, 'staff'), request.body), 201),
  });

  api.route({
    method: 'POST',
    url: '/session/factors/totp/confirmation',
    config: own,
    schema: { body: totpConfirmation, response: { 200: recoveryCodes, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await finishTotp(context, readCookie(request, 'staff'), request.body.code)),
  });

  api.route({
    method: 'POST',
    url: '/session/factors/totp/removal',
    config: own,
    schema: { body: factorProof, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await endTotp(context, readCookie(request, 'staff'), request.body)),
  });

  api.route({
    method: 'POST',
    url: '/session/factors/recovery-codes',
    config: own,
    schema: { body: factorProof, response: { 201: recoveryCodes, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await renewRecoveryCodes(context, readCookie(request, 'staff'), request.body), 201),
  });

  api.route({
    method: 'POST',
    url: '/session/password',
    config: own,
    schema: { body: passwordChange, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await changePassword(context, readCookie(request, 'staff'), request.body)),
  });
}
