import { joinRequest, joinView, ticketGrant, ticketRequest } from '@sotto/protocol/clinic';
import { guestKindList } from '@sotto/protocol/guests';
import { accepted } from '@sotto/protocol/result';
import { addressKey } from '@sotto/service/addressKey';
import type { Listener } from '@sotto/service/listener';
import type { FastifyRequest } from 'fastify';
import { visitOfSession } from '../access/resource.ts';
import { answer, noContent, refusals } from '../answer.ts';
import { recordedKeyedAct, recorderOf } from '../audit/recordedAct.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { clearCookie, readCookie, setCookie } from '../cookies.ts';
import {
  findVisitor,
  grantVisitorTicket,
  join,
  leaveJoin,
  openLink,
  readGuestKinds,
  readJoin,
  type Visitor,
} from '../visitSession.ts';

/** Who comes by a link, or goes, and in which visit. */
function tellVisitor(request: FastifyRequest, { visit, guest, session }: Visitor): void {
  const recorder = recorderOf(request);
  recorder.by({ actor: guest?.participantId ?? visit.patientId, role: guest === null ? 'patient' : 'guest', session });
  recorder.about({ resource: `visit:${visit.id}`, patient: visit.patientId });
}

/** A patient's or guest's way from the link to a ticket. */
export function addJoinRoutes(api: Listener, context: ClinicContext): void {
  api.route({
    method: 'POST',
    url: '/join',
    config: {
      access: {
        public: 'The secret of the link, and the patient’s date of birth, say who comes; attempts are counted.',
        open: { entry: 'visit:enter', recorded: 'act', by: 'handler' },
      },
    },
    schema: { body: joinRequest, response: { 200: joinView, ...refusals } },
    handler: async (request, reply) => {
      const former = readCookie(request, 'visit');
      // Whoever tries links and dates holds nothing that others wait for.
      const opened = await openLink(context, request.body, { address: addressKey(request.ip), former }, (found) =>
        recorderOf(request).about({ resource: `visit:${found.visitId}`, patient: found.patientId }),
      );
      if (!opened.ok) return answer(reply, opened);
      const result = await recordedKeyedAct(request, context, (inOne) =>
        join(inOne, opened.value, former, (came) => tellVisitor(request, came)),
      );
      if (!result.ok) return answer(reply, result);
      const { view, token, expiresAt } = result.value;
      setCookie(reply, 'visit', token, (expiresAt.getTime() - context.now().getTime()) / 1000);
      return answer(reply, accepted(view));
    },
  });

  api.route({
    method: 'GET',
    url: '/join',
    config: { access: { action: 'visit:read', resource: visitOfSession, sessions: ['visit'], recorded: 'again' } },
    schema: { response: { 200: joinView, ...refusals } },
    handler: async (request, reply) => answer(reply, await readJoin(context, readCookie(request, 'visit'))),
  });

  api.route({
    method: 'GET',
    url: '/join/guests',
    config: {
      access: {
        ...{ action: 'visit:read', resource: visitOfSession, sessions: ['visit'] },
        recorded: { elsewhere: 'Says as what people come, and names nobody.' },
      },
    },
    schema: { response: { 200: guestKindList, ...refusals } },
    handler: async (request, reply) => answer(reply, await readGuestKinds(context, readCookie(request, 'visit'))),
  });

  api.route({
    method: 'DELETE',
    url: '/join',
    config: {
      access: {
        public: 'Ends the session whose cookie comes with it, and nothing else.',
        open: { entry: 'visit:leave', recorded: { elsewhere: 'Where no session ends.' }, by: 'handler' },
      },
    },
    schema: { response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      const token = readCookie(request, 'visit');
      const visitor = await findVisitor(context, token);
      if (visitor === undefined) return answer(clearCookie(reply, 'visit'), accepted(undefined));
      tellVisitor(request, visitor);
      // However much they did before, they may go.
      const result = await recorderOf(request).inOne((database) => leaveJoin({ ...context, database }, token));
      return answer(clearCookie(reply, 'visit'), result);
    },
  });

  api.route({
    method: 'POST',
    url: '/join/ticket',
    config: { access: { action: 'visit:join', resource: visitOfSession, sessions: ['visit'] } },
    schema: { body: ticketRequest, response: { 200: ticketGrant, ...refusals } },
    handler: async (request, reply) =>
      answer(
        reply,
        await recordedKeyedAct(request, context, (inOne) =>
          grantVisitorTicket(inOne, readCookie(request, 'visit'), request.body.leaf),
        ),
      ),
  });
}
