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
import { clinic, visitOfPath } from '../access/resource.ts';
import { answer, noContent, refusals } from '../answer.ts';
import { readStaffPass } from '../caller.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { readInvitation, replaceInvitation, revokeInvitation } from '../invitations.ts';
import { createVisit, endVisit, grantStaffTicket, listVisits, readVisit } from '../staffVisits.ts';

/** A clinician's own visits, their invitations and tickets. */
export function addVisitRoutes(api: Listener, context: ClinicContext): void {
  api.route({
    method: 'GET',
    url: '/visits',
    config: { access: { action: 'visit:read', resource: clinic, sessions: ['staff'] } },
    schema: { querystring: visitQuery, response: { 200: visitList, ...refusals } },
    handler: async (request, reply) => answer(reply, await listVisits(context, readStaffPass(request), request.query)),
  });

  api.route({
    method: 'POST',
    url: '/visits',
    config: { access: { action: 'visit:schedule', resource: clinic, sessions: ['staff'] } },
    schema: { body: createVisitRequest, response: { 201: visit, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await createVisit(context, readStaffPass(request), request.body), 201),
  });

  api.route({
    method: 'GET',
    url: '/visits/:visitId',
    config: { access: { action: 'visit:read', resource: visitOfPath, sessions: ['staff'] } },
    schema: { params: visitPath, response: { 200: visit, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await readVisit(context, readStaffPass(request), request.params.visitId)),
  });

  api.route({
    method: 'POST',
    url: '/visits/:visitId/end',
    config: { access: { action: 'visit:end', resource: visitOfPath, sessions: ['staff'], whileLocked: 'live' } },
    schema: { params: visitPath, response: { 200: visit, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await endVisit(context, readStaffPass(request), request.params.visitId)),
  });

  api.route({
    method: 'GET',
    url: '/visits/:visitId/invitation',
    config: { access: { action: 'visit:invite', resource: visitOfPath, sessions: ['staff'] } },
    schema: { params: visitPath, response: { 200: invitation, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await readInvitation(context, readStaffPass(request), request.params.visitId)),
  });

  api.route({
    method: 'POST',
    url: '/visits/:visitId/invitation',
    config: { access: { action: 'visit:invite', resource: visitOfPath, sessions: ['staff'] } },
    schema: { params: visitPath, response: { 201: invitation, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await replaceInvitation(context, readStaffPass(request), request.params.visitId), 201),
  });

  api.route({
    method: 'DELETE',
    url: '/visits/:visitId/invitation',
    config: { access: { action: 'visit:invite', resource: visitOfPath, sessions: ['staff'] } },
    schema: { params: visitPath, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await revokeInvitation(context, readStaffPass(request), request.params.visitId)),
  });

  api.route({
    method: 'POST',
    url: '/visits/:visitId/ticket',
    config: { access: { action: 'visit:host', resource: visitOfPath, sessions: ['staff'], whileLocked: 'live' } },
    schema: { params: visitPath, body: ticketRequest, response: { 200: ticketGrant, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await grantStaffTicket(context, readStaffPass(request), request.params.visitId, request.body.leaf)),
  });
}
