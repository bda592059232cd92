import {
  birthDateRequest,
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
import { stateHash } from '../audit/act.ts';
import { inOneOf, recordedAct, recordedKeyedAct, recorderOf } from '../audit/recordedAct.ts';
import { readStaffPass } from '../caller.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { readInvitation, replaceInvitation, revokeInvitation } from '../invitations.ts';
import { changeBirthDate, createVisit, endVisit, grantStaffTicket, listVisits, readVisit } from '../staffVisits.ts';

/** In UTC: what an entry may say has no other. */
const isoOf = (time: string): string => new Date(time).toISOString();

/** A clinician's own visits, their invitations and tickets. */
export function addVisitRoutes(api: Listener, context: ClinicContext): void {
  api.route({
    method: 'GET',
    url: '/visits',
    config: {
      access: { action: 'visit:read', resource: clinic, sessions: ['staff'], recorded: 'again', entry: 'visit:list' },
    },
    schema: { querystring: visitQuery, response: { 200: visitList, ...refusals } },
    handler: async (request, reply) => {
      const { from, to } = request.query;
      recorderOf(request).about({ resource: `visits:${isoOf(from)}/${isoOf(to)}` });
      return answer(reply, await listVisits(context, readStaffPass(request), request.query));
    },
  });

  api.route({
    method: 'POST',
    url: '/visits',
    config: { access: { action: 'visit:schedule', resource: clinic, sessions: ['staff'] } },
    schema: { body: createVisitRequest, response: { 201: visit, ...refusals } },
    handler: async (request, reply) => {
      const recorder = recorderOf(request);
      const { patientId } = request.body;
      // Where it is refused, the entry says of whom; until then nothing says that there is such a patient.
      if (patientId !== undefined) recorder.about({ resource: `patient:${patientId}` });
      return answer(
        reply,
        await createVisit(context, readStaffPass(request), request.body, {
          inOne: inOneOf(request),
          onMade: ({ visit, patient }) => recorder.about({ resource: `visit:${visit}`, patient }),
        }),
        201,
      );
    },
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
      answer(
        reply,
        await recordedKeyedAct(
          request,
          context,
          (inOne) => endVisit(inOne, readStaffPass(request), request.params.visitId),
          ({ id, status }) => ({ after: stateHash({ id, status }) }),
        ),
      ),
  });

  api.route({
    method: 'GET',
    url: '/visits/:visitId/invitation',
    config: {
      access: { action: 'visit:invite', resource: visitOfPath, sessions: ['staff'], entry: 'visit:invite:read' },
    },
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
      answer(
        reply,
        await recordedAct(request, context, (inOne) =>
          replaceInvitation(inOne, readStaffPass(request), request.params.visitId),
        ),
        201,
      ),
  });

  api.route({
    method: 'PUT',
    url: '/visits/:visitId/birth-date',
    config: {
      access: { action: 'visit:invite', resource: visitOfPath, sessions: ['staff'], entry: 'visit:invite:birthDate' },
    },
    schema: { params: visitPath, body: birthDateRequest, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      answer(
        reply,
        await recordedKeyedAct(request, context, (inOne) =>
          changeBirthDate(inOne, readStaffPass(request), request.params.visitId, request.body.birthDate),
        ),
      ),
  });

  api.route({
    method: 'DELETE',
    url: '/visits/:visitId/invitation',
    config: {
      access: { action: 'visit:invite', resource: visitOfPath, sessions: ['staff'], entry: 'visit:invite:withdraw' },
    },
    schema: { params: visitPath, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      answer(
        reply,
        await recordedAct(request, context, (inOne) =>
          revokeInvitation(inOne, readStaffPass(request), request.params.visitId),
        ),
      ),
  });

  api.route({
    method: 'POST',
    url: '/visits/:visitId/ticket',
    config: { access: { action: 'visit:host', resource: visitOfPath, sessions: ['staff'], whileLocked: 'live' } },
    schema: { params: visitPath, body: ticketRequest, response: { 200: ticketGrant, ...refusals } },
    handler: async (request, reply) =>
      answer(
        reply,
        await recordedAct(request, context, (inOne) =>
          grantStaffTicket(inOne, readStaffPass(request), request.params.visitId, request.body.leaf),
        ),
      ),
  });
}
