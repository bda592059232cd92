import {
  createVisitRequest,
  invitation,
  ticketGrant,
  ticketRequest,
  visit,
  visitList,
  visitPath,
  visitQuery,
} from '@sotto/protocol/clinic';
import type { Listener } from '@sotto/service/listener';
import { answer, refusals } from '../answer.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { readCookie } from '../cookies.ts';
import { readInvitation, replaceInvitation, revokeInvitation } from '../invitations.ts';
import { createVisit, endVisit, grantStaffTicket, listVisits, readVisit } from '../staffVisits.ts';

/** A clinician's own visits, their invitations and tickets. */
export function addVisitRoutes(api: Listener, context: ClinicContext): void {
  api.route({
    method: 'GET',
    url: '/visits',
    schema: { querystring: visitQuery, response: { 200: visitList, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await listVisits(context, readCookie(request, 'staff'), request.query)),
  });

  api.route({
    method: 'POST',
    url: '/visits',
    schema: { body: createVisitRequest, response: { 201: visit, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await createVisit(context, readCookie(request, 'staff'), request.body), 201),
  });

  api.route({
    method: 'GET',
    url: '/visits/:visitId',
    schema: { params: visitPath, response: { 200: visit, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await readVisit(context, readCookie(request, 'staff'), request.params.visitId)),
  });

  api.route({
    method: 'POST',
    url: '/visits/:visitId/end',
    schema: { params: visitPath, response: { 200: visit, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await endVisit(context, readCookie(request, 'staff'), request.params.visitId)),
  });

  api.route({
    method: 'GET',
    url: '/visits/:visitId/invitation',
    schema: { params: visitPath, response: { 200: invitation, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await readInvitation(context, readCookie(request, 'staff'), request.params.visitId)),
  });

  api.route({
    method: 'POST',
    url: '/visits/:visitId/invitation',
    schema: { params: visitPath, response: { 201: invitation, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await replaceInvitation(context, readCookie(request, 'staff'), request.params.visitId), 201),
  });

  api.route({
    method: 'DELETE',
    url: '/visits/:visitId/invitation',
    schema: { params: visitPath, response: refusals },
    handler: async (request, reply) =>
      answer(reply, await revokeInvitation(context, readCookie(request, 'staff'), request.params.visitId)),
  });

  api.route({
    method: 'POST',
    url: '/visits/:visitId/ticket',
    schema: { params: visitPath, body: ticketRequest, response: { 200: ticketGrant, ...refusals } },
    handler: async (request, reply) =>
      answer(
        reply,
        await grantStaffTicket(context, readCookie(request, 'staff'), request.params.visitId, request.body.leaf),
      ),
  });
}
