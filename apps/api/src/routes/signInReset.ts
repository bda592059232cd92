import type { StaffId } from '@sotto/protocol/ids';
import {
  accountLinkRequest,
  newPasswordMailRequest,
  newPasswordOffer,
  newPasswordRequest,
  staffPath,
} from '@sotto/protocol/people';
import { addressKey } from '@sotto/service/addressKey';
import type { Listener } from '@sotto/service/listener';
import { accountOfPath } from '../access/resource.ts';
import { answer, noContent, refusals } from '../answer.ts';
import { recorderOf } from '../audit/recordedAct.ts';
import { asAdmin } from '../caller.ts';
import { readCookie } from '../cookies.ts';
import { chooseNewPassword, readNewPasswordOffer, resetSignIn, sendNewPassword } from '../signInReset.ts';
import { mailStaff } from '../staffMail.ts';
import type { LoggedSignInContext } from '../staffPasskeys.ts';

const reset = { action: 'people:resetSignIn', resource: accountOfPath, sessions: ['staff'] } as const;

/** Who has lost how they sign in is helped by an administrator. */
export function addSignInResetRoutes(api: Listener, context: LoggedSignInContext): void {
  api.route({
    method: 'POST',
    url: '/people/:staffId/sign-in-reset',
    config: { access: reset },
    schema: { params: staffPath, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      const { staffId: staff } = request.params;
      const tell = (transaction: Parameters<typeof mailStaff>[1]) =>
        mailStaff(context, transaction, staff, 'signInChanged');
      return answer(reply, await asAdmin(context, request, (inOne, by) => resetSignIn(inOne, { by, staff }, tell)));
    },
  });

  api.route({
    method: 'POST',
    url: '/people/:staffId/new-password',
    config: { access: { ...reset, entry: 'people:resetSignIn:mail' } },
    schema: { params: staffPath, body: newPasswordMailRequest, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      const { staffId: staff } = request.params;
      const { locale } = request.body;
      return answer(
        reply,
        await asAdmin(
          context,
          request,
          (inOne, by) => sendNewPassword(inOne, { by, staff }, locale),
          context.limits.staffInvitations,
        ),
      );
    },
  });

  api.route({
    method: 'POST',
    url: '/account/new-password/offer',
    config: {
      access: {
        public: 'Whoever holds a link’s secret learns for whom it is; tries are counted.',
        open: { entry: 'account:password:offer', recorded: 'answer', by: 'handler' },
      },
    },
    schema: { body: accountLinkRequest, response: { 200: newPasswordOffer, ...refusals } },
    handler: async (request, reply) => {
      const taken = await context.limits.accountLinks.take(addressKey(request.ip));
      if (!taken.ok) return answer(reply, taken);
      const told = (staff: StaffId) => recorderOf(request).about({ resource: `account:${staff}` });
      return answer(reply, await readNewPasswordOffer(context, request.body.secret, told));
    },
  });

  api.route({
    method: 'POST',
    url: '/account/new-password',
    config: {
      access: {
        public: 'Whoever holds a link’s secret, and what the account has beside it; tries are counted.',
        open: { entry: 'account:password', recorded: 'act', by: 'handler' },
      },
    },
    schema: { body: newPasswordRequest, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      const taken = await context.limits.accountLinks.take(addressKey(request.ip));
      if (!taken.ok) return answer(reply, taken);
      const chooser = { token: readCookie(request, 'staff'), recorder: recorderOf(request) };
      return answer(reply, await chooseNewPassword(context, request.body, chooser));
    },
  });
}
