import { joinRequest, joinView, ticketGrant, ticketRequest } from '@sotto/protocol/clinic';
import { guestKindList } from '@sotto/protocol/guests';
import { accepted } from '@sotto/protocol/result';
import { addressKey } from '@sotto/service/addressKey';
import type { Listener } from '@sotto/service/listener';
import { visitOfSession } from '../access/resource.ts';
import { answer, noContent, refusals } from '../answer.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { clearCookie, readCookie, setCookie } from '../cookies.ts';
import { grantVisitorTicket, join, leaveJoin, readGuestKinds, readJoin } from '../visitSession.ts';

/** A patient's or guest's way from the link to a ticket. */
export function addJoinRoutes(api: Listener, context: ClinicContext): void {
  api.route({
    method: 'POST',
    url: '/join',
    config: { access: { public: 'The secret of the link says who comes; attempts are counted.' } },
    schema: { body: joinRequest, response: { 200: joinView, ...refusals } },
    handler: async (request, reply) => {
      const result = await join(context, request.body.secret, addressKey(request.ip), readCookie(request, 'visit'));
      if (!result.ok) return answer(reply, result);
      const { view, token, expiresAt } = result.value;
      setCookie(reply, 'visit', token, (expiresAt.getTime() - context.now().getTime()) / 1000);
      return answer(reply, accepted(view));
    },
  });

  api.route({
    method: 'GET',
    url: '/join',
    config: { access: { action: 'visit:read', resource: visitOfSession, sessions: ['visit'] } },
    schema: { response: { 200: joinView, ...refusals } },
    handler: async (request, reply) => answer(reply, await readJoin(context, readCookie(request, 'visit'))),
  });

  api.route({
    method: 'GET',
    url: '/join/guests',
    config: { access: { action: 'visit:read', resource: visitOfSession, sessions: ['visit'] } },
    schema: { response: { 200: guestKindList, ...refusals } },
    handler: async (request, reply) => answer(reply, await readGuestKinds(context, readCookie(request, 'visit'))),
  });

  api.route({
    method: 'DELETE',
    url: '/join',
    config: { access: { public: 'Ends the session whose cookie comes with it, and nothing else.' } },
    schema: { response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      const result = await leaveJoin(context, readCookie(request, 'visit'));
      return answer(clearCookie(reply, 'visit'), result);
    },
  });

  api.route({
    method: 'POST',
    url: '/join/ticket',
    config: { access: { action: 'visit:join', resource: visitOfSession, sessions: ['visit'] } },
    schema: { body: ticketRequest, response: { 200: ticketGrant, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await grantVisitorTicket(context, readCookie(request, 'visit'), request.body.leaf)),
  });
}
