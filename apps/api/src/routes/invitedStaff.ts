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
import type { AdminContext } from '../administration.ts';
import { answer, noContent, refusals } from '../answer.ts';
import { asAdmin } from '../caller.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { beginAccount, inviteStaffByMail, readOffer, withdrawInvitation } from '../staffInvitations.ts';

/** Accounts of staff begin with an invitation; nobody signs up. */
export function addInvitedStaffRoutes(api: Listener, context: ClinicContext & AdminContext): void {
  api.route({
    method: 'POST',
    url: '/people/invitations',
    config: { access: { action: 'people:invite', resource: clinic, sessions: ['staff'] } },
    schema: { body: inviteStaffRequest, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      answer(
        reply,
        await asAdmin(context, request, async ({ id }) => {
          const taken = await context.limits.staffInvitations.take(id);
          return taken.ok ? inviteStaffByMail(context, id, request.body) : taken;
        }),
      ),
  });

  api.route({
    method: 'DELETE',
    url: '/people/invitations/:staffId',
    config: { access: { action: 'people:invite', resource: clinic, sessions: ['staff'] } },
    schema: { params: staffPath, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      answer(
        reply,
        await asAdmin(context, request, ({ id }) => withdrawInvitation(context, id, request.params.staffId)),
      ),
  });

  api.route({
    method: 'POST',
    url: '/account/invitation',
    config: { access: { public: 'Whoever holds a link’s secret learns for whom it is; tries are counted.' } },
    schema: { body: accountLinkRequest, response: { 200: accountOffer, ...refusals } },
    handler: async (request, reply) => {
      const taken = await context.limits.accountLinks.take(addressKey(request.ip));
      return answer(reply, taken.ok ? await readOffer(context, request.body.secret) : taken);
    },
  });

  api.route({
    method: 'POST',
    url: '/account',
    config: {
      access: { public: 'Whoever holds a link’s secret begins the account that it is for; tries are counted.' },
    },
    schema: { body: newAccountRequest, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      const taken = await context.limits.accountLinks.take(addressKey(request.ip));
      const { secret, password } = request.body;
      return answer(reply, taken.ok ? await beginAccount(context, secret, password) : taken);
    },
  });
}
