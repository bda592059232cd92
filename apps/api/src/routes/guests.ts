import { visitPath } from '@sotto/protocol/clinic';
import {
  guest,
  guestEndRequest,
  guestInvitation,
  guestList,
  guestPath,
  inviteGuestRequest,
} from '@sotto/protocol/guests';
import type { Listener } from '@sotto/service/listener';
import { visitOfPath } from '../access/resource.ts';
import { answer, noContent, refusals } from '../answer.ts';
import { readStaffPass } from '../caller.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { inviteGuest, listGuests, putOffGuestEnd, readGuestInvitation, withdrawGuest } from '../guests.ts';

/** Whom a physician invites to an own visit besides the patient. */
export function addGuestRoutes(api: Listener, context: ClinicContext): void {
  api.route({
    method: 'GET',
    url: '/visits/:visitId/guests',
    config: { access: { action: 'visit:invite', resource: visitOfPath, sessions: ['staff'] } },
    schema: { params: visitPath, response: { 200: guestList, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await listGuests(context, readStaffPass(request), request.params.visitId)),
  });

  api.route({
    method: 'POST',
    url: '/visits/:visitId/guests',
    config: { access: { action: 'visit:invite', resource: visitOfPath, sessions: ['staff'] } },
    schema: { params: visitPath, body: inviteGuestRequest, response: { 201: guestInvitation, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await inviteGuest(context, readStaffPass(request), request.params.visitId, request.body), 201),
  });

  api.route({
    method: 'GET',
    url: '/visits/:visitId/guests/:participantId/invitation',
    config: { access: { action: 'visit:invite', resource: visitOfPath, sessions: ['staff'] } },
    schema: { params: guestPath, response: { 200: guestInvitation, ...refusals } },
    handler: async (request, reply) => {
      const { visitId, participantId } = request.params;
      return answer(reply, await readGuestInvitation(context, readStaffPass(request), visitId, participantId));
    },
  });

  api.route({
    method: 'PUT',
    url: '/visits/:visitId/guests/:participantId/end',
    config: { access: { action: 'visit:invite', resource: visitOfPath, sessions: ['staff'] } },
    schema: { params: guestPath, body: guestEndRequest, response: { 200: guest, ...refusals } },
    handler: async (request, reply) => {
      const { visitId, participantId } = request.params;
      const pass = readStaffPass(request);
      return answer(reply, await putOffGuestEnd(context, pass, visitId, participantId, request.body));
    },
  });

  api.route({
    method: 'DELETE',
    url: '/visits/:visitId/guests/:participantId',
    config: { access: { action: 'visit:invite', resource: visitOfPath, sessions: ['staff'] } },
    schema: { params: guestPath, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      const { visitId, participantId } = request.params;
      return answer(reply, await withdrawGuest(context, readStaffPass(request), visitId, participantId));
    },
  });
}
