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
import type { FastifyRequest } from 'fastify';
import { clinic } from '../access/resource.ts';
import type { AdminContext } from '../administration.ts';
import { answer, noContent, refusals } from '../answer.ts';
import { recordedAct, recorderOf } from '../audit/recordedAct.ts';
import { asAdmin, tellerOf } from '../caller.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { beginAccount, inviteStaffByMail, readOffer, withdrawInvitation } from '../staffInvitations.ts';

/** Whose account it is, begins it. */
const beginnerOf =
  (request: FastifyRequest): AdminContext['tell'] =>
  (act) => {
    recorderOf(request).by({ actor: act.staff, role: act.role ?? 'none', session: null });
    tellerOf(request)(act);
  };

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
        await asAdmin(context, request, async (inOne, by) => {
          const taken = await context.limits.staffInvitations.take(by);
          return taken.ok ? inviteStaffByMail(inOne, by, request.body) : taken;
        }),
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
      const begun = await recordedAct(request, context, (inOne) =>
        beginAccount({ ...inOne, tell: beginnerOf(request) }, secret, password),
      );
      return answer(reply, begun);
    },
  });
}
