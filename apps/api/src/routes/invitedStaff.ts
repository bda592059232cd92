import type { StaffId } from '@sotto/protocol/ids';
import {
  accountLinkRequest,
  accountOffer,
  inviteStaffRequest,
  newAccountRequest,
  staffPath,
} from '@sotto/protocol/people';
import { addressKey } from '@sotto/service/addressKey';
import type { Listener } from '@sotto/service/listener';
import { clinic } from '../access/resource.ts';
import { answer, noContent, refusals } from '../answer.ts';
import { recordedAct, recorderOf } from '../audit/recordedAct.ts';
import { asAdmin, beginnerOf } from '../caller.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { beginAccount, hashForOffer, inviteStaffByMail, readOffer, withdrawInvitation } from '../staffInvitations.ts';

/** Accounts of staff begin with an invitation; nobody signs up. */
export function addInvitedStaffRoutes(api: Listener, context: ClinicContext): void {
  api.route({
    method: 'POST',
    url: '/people/invitations',
    config: { access: { action: 'people:invite', resource: clinic, sessions: ['staff'] } },
    schema: { body: inviteStaffRequest, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      answer(
        reply,
        await asAdmin(
          context,
          request,
          (inOne, by) => inviteStaffByMail(inOne, by, request.body),
          context.limits.staffInvitations,
        ),
      ),
  });

  api.route({
    method: 'DELETE',
    url: '/people/invitations/:staffId',
    config: {
      access: { action: 'people:invite', resource: clinic, sessions: ['staff'], entry: 'people:invite:withdraw' },
    },
    schema: { params: staffPath, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      answer(
        reply,
        await asAdmin(context, request, (inOne, by) => withdrawInvitation(inOne, by, request.params.staffId)),
      ),
  });

  api.route({
    method: 'POST',
    url: '/account/invitation',
    config: {
      access: {
        public: 'Whoever holds a link’s secret learns for whom it is; tries are counted.',
        open: { entry: 'account:offer', recorded: 'answer', by: 'handler' },
      },
    },
    schema: { body: accountLinkRequest, response: { 200: accountOffer, ...refusals } },
    handler: async (request, reply) => {
      const taken = await context.limits.accountLinks.take(addressKey(request.ip));
      if (!taken.ok) return answer(reply, taken);
      const told = ({ staffId: staff }: { staffId: StaffId }) =>
        recorderOf(request).about({ resource: `account:${staff}` });
      return answer(reply, await readOffer(context, request.body.secret, told));
    },
  });

  api.route({
    method: 'POST',
    url: '/account',
    config: {
      access: {
        public: 'Whoever holds a link’s secret begins the account that it is for; tries are counted.',
        open: { entry: 'account:begin', recorded: 'act', by: 'handler' },
      },
    },
    schema: { body: newAccountRequest, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      const taken = await context.limits.accountLinks.take(addressKey(request.ip));
      const { secret, password } = request.body;
      if (!taken.ok) return answer(reply, taken);
      const hashed = await hashForOffer(context, secret, password);
      if (!hashed.ok) return answer(reply, hashed);
      const begun = await recordedAct(request, context, (inOne) =>
        beginAccount({ ...inOne, tell: beginnerOf(recorderOf(request)) }, secret, hashed.value),
      );
      return answer(reply, begun);
    },
  });
}
