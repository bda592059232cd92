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
import { answer, refusals } from '../answer.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { readCookie } from '../cookies.ts';
import { inviteGuest, listGuests, putOffGuestEnd, readGuestInvitation, withdrawGuest } from '../guests.ts';

/** Whom a physician invites to an own visit besides the patient. */
export function addGuestRoutes(api: Listener, context: ClinicContext): void {
  api.route({
    method: 'GET',
    url: '/visits/:visitId/guests',
    schema: { params: visitPath, response: { 200: guestList, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await listGuests(context, readCookie(request, 'staff'), request.params.visitId)),
  });

  api.route({
    method: 'POST',
    url: '/visits/:visitId/guests',
    schema: { params: visitPath, body: inviteGuestRequest, response: { 201: guestInvitation, ...refusals } },
    handler: async (request, reply) =>
      answer(
        reply,
        await inviteGuest(context, readCookie(request, 'staff'), request.params.visitId, request.body),
        201,
      ),
  });

  api.route({
    method: 'GET',
    url: '/visits/:visitId/guests/:participantId/invitation',
    schema: { params: guestPath, response: { 200: guestInvitation, ...refusals } },
    handler: async (request, reply) => {
      const { visitId, participantId } = request.params;
      return answer(reply, await readGuestInvitation(context, readCookie(request, 'staff'), visitId, participantId));
    },
  });

  api.route({
    method: 'PUT',
    url: '/visits/:visitId/guests/:participantId/end',
    schema: { params: guestPath, body: guestEndRequest, response: { 200: guest, ...refusals } },
    handler: async (request, reply) => {
      const { visitId, participantId } = request.params;
      const token = readCookie(request, 'staff');
      return answer(reply, await putOffGuestEnd(context, token, visitId, participantId, request.body));
    },
  });

  api.route({
    method: 'DELETE',
    url: '/visits/:visitId/guests/:participantId',
    schema: { params: guestPath, response: refusals },
    handler: async (request, reply) => {
      const { visitId, participantId } = request.params;
      return answer(reply, await withdrawGuest(context, readCookie(request, 'staff'), visitId, participantId));
    },
  });
}
