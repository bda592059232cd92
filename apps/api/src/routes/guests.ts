import { visitPath } from '@sotto/protocol/clinic';
import {
  type Guest,
  guest,
  guestEndRequest,
  guestInvitation,
  guestList,
  guestPath,
  inviteGuestRequest,
} from '@sotto/protocol/guests';
import type { ParticipantId, VisitId } from '@sotto/protocol/ids';
import type { Listener } from '@sotto/service/listener';
import { visitOfPath } from '../access/resource.ts';
import { answer, noContent, refusals } from '../answer.ts';
import { type Act, stateHash } from '../audit/act.ts';
import { recordedAct, recordedKeyedAct, recorderOf } from '../audit/recordedAct.ts';
import { readStaffPass } from '../caller.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { inviteGuest, listGuests, putOffGuestEnd, readGuestInvitation, withdrawGuest } from '../guests.ts';

const guestName = (visit: VisitId, guest: ParticipantId): string => `visit:${visit}/guest:${guest}`;

/** Of a guest who was asked, or may stay for longer. */
const ofGuest = (visit: VisitId, { participantId, kind, endsAt }: Guest): Partial<Act> => ({
  resource: guestName(visit, participantId),
  after: stateHash({ participantId, kind, endsAt }),
});

/** Whom a physician invites to an own visit besides the patient. */
export function addGuestRoutes(api: Listener, context: ClinicContext): void {
  api.route({
    method: 'GET',
    url: '/visits/:visitId/guests',
    config: {
      access: {
        action: 'visit:invite',
        resource: visitOfPath,
        sessions: ['staff'],
        recorded: 'again',
        entry: 'visit:guests',
      },
    },
    schema: { params: visitPath, response: { 200: guestList, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await listGuests(context, readStaffPass(request), request.params.visitId)),
  });

  api.route({
    method: 'POST',
    url: '/visits/:visitId/guests',
    config: {
      access: { action: 'visit:invite', resource: visitOfPath, sessions: ['staff'], entry: 'visit:guests:invite' },
    },
    schema: { params: visitPath, body: inviteGuestRequest, response: { 201: guestInvitation, ...refusals } },
    handler: async (request, reply) =>
      answer(
        reply,
        await recordedKeyedAct(
          request,
          context,
          (inOne) => inviteGuest(inOne, readStaffPass(request), request.params.visitId, request.body),
          ({ guest }) => ofGuest(request.params.visitId, guest),
        ),
        201,
      ),
  });

  api.route({
    method: 'GET',
    url: '/visits/:visitId/guests/:participantId/invitation',
    config: {
      access: { action: 'visit:invite', resource: visitOfPath, sessions: ['staff'], entry: 'visit:guests:read' },
    },
    schema: { params: guestPath, response: { 200: guestInvitation, ...refusals } },
    handler: async (request, reply) => {
      const { visitId, participantId } = request.params;
      recorderOf(request).about({ resource: guestName(visitId, participantId) });
      return answer(reply, await readGuestInvitation(context, readStaffPass(request), visitId, participantId));
    },
  });

  api.route({
    method: 'PUT',
    url: '/visits/:visitId/guests/:participantId/end',
    config: {
      access: { action: 'visit:invite', resource: visitOfPath, sessions: ['staff'], entry: 'visit:guests:extend' },
    },
    schema: { params: guestPath, body: guestEndRequest, response: { 200: guest, ...refusals } },
    handler: async (request, reply) => {
      const { visitId, participantId } = request.params;
      const pass = readStaffPass(request);
      return answer(
        reply,
        await recordedKeyedAct(
          request,
          context,
          (inOne) => putOffGuestEnd(inOne, pass, visitId, participantId, request.body),
          (changed) => ofGuest(visitId, changed),
        ),
      );
    },
  });

  api.route({
    method: 'DELETE',
    url: '/visits/:visitId/guests/:participantId',
    config: {
      access: { action: 'visit:invite', resource: visitOfPath, sessions: ['staff'], entry: 'visit:guests:withdraw' },
    },
    schema: { params: guestPath, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      const { visitId, participantId } = request.params;
      recorderOf(request).about({ resource: guestName(visitId, participantId) });
      return answer(
        reply,
        await recordedAct(request, context, (inOne) =>
          withdrawGuest(inOne, readStaffPass(request), visitId, participantId),
        ),
      );
    },
  });
}
