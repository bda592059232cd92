import type { Policy } from '@sotto/policy';
import { giveRoleRequest, leftOpen, rolePath, staffPath, staffPeople } from '@sotto/protocol/people';
import { policyAnswer, policyQuestion } from '@sotto/protocol/policyQuestion';
import { accepted } from '@sotto/protocol/result';
import type { Listener } from '@sotto/service/listener';
import { accountOfPath, clinic } from '../access/resource.ts';
import { disableAccount, enableAccount, endStaffRole, giveStaffRole } from '../administration.ts';
import { answer, noContent, refusals } from '../answer.ts';
import { asAdmin } from '../caller.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { findLeftOpen } from '../leftOpen.ts';
import { answerQuestion } from '../policyQuestion.ts';
import { listStaff } from '../staffList.ts';

export interface PeopleParts {
  readonly context: ClinicContext;
  readonly policy: Policy;
  /** By which the policies tell hours. */
  readonly timeZone: string;
}

/** Administration of the clinic's staff (packages/protocol, people). */
export function addPeopleRoutes(api: Listener, { context, policy, timeZone }: PeopleParts): void {
  api.route({
    method: 'GET',
    url: '/people',
    config: { access: { action: 'people:read', resource: clinic, sessions: ['staff'] } },
    schema: { response: { 200: staffPeople, ...refusals } },
    handler: async (_request, reply) => answer(reply, accepted(await listStaff(context, timeZone))),
  });

  api.route({
    method: 'POST',
    url: '/people/:staffId/roles',
    config: { access: { action: 'people:giveRole', resource: accountOfPath, sessions: ['staff'] } },
    schema: { params: staffPath, body: giveRoleRequest, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      const { role, limits } = request.body;
      const { staffId: staff } = request.params;
      return answer(
        reply,
        await asAdmin(context, request, (inOne, by) => giveStaffRole(inOne, { by, staff }, role, limits)),
      );
    },
  });

  api.route({
    method: 'DELETE',
    url: '/people/:staffId/roles/:role',
    config: { access: { action: 'people:endRole', resource: accountOfPath, sessions: ['staff'] } },
    schema: { params: rolePath, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      const { staffId: staff, role } = request.params;
      return answer(reply, await asAdmin(context, request, (inOne, by) => endStaffRole(inOne, { by, staff }, role)));
    },
  });

  api.route({
    method: 'GET',
    url: '/people/:staffId/open',
    config: { access: { action: 'people:read', resource: accountOfPath, sessions: ['staff'] } },
    schema: { params: staffPath, response: { 200: leftOpen, ...refusals } },
    handler: async (request, reply) => answer(reply, accepted(await findLeftOpen(context, request.params.staffId))),
  });

  api.route({
    method: 'POST',
    url: '/people/:staffId/disable',
    config: { access: { action: 'people:disable', resource: accountOfPath, sessions: ['staff'] } },
    schema: { params: staffPath, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      const { staffId: staff } = request.params;
      return answer(reply, await asAdmin(context, request, (inOne, by) => disableAccount(inOne, { by, staff })));
    },
  });

  api.route({
    method: 'POST',
    url: '/people/:staffId/enable',
    config: { access: { action: 'people:enable', resource: accountOfPath, sessions: ['staff'] } },
    schema: { params: staffPath, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      const { staffId: staff } = request.params;
      return answer(reply, await asAdmin(context, request, (inOne, by) => enableAccount(inOne, { by, staff })));
    },
  });

  api.route({
    method: 'POST',
    url: '/policy/question',
    config: { access: { action: 'policy:ask', resource: clinic, sessions: ['staff'], recorded: 'answer' } },
    schema: { body: policyQuestion, response: { 200: policyAnswer, ...refusals } },
    handler: async (request, reply) => answer(reply, await answerQuestion(context, policy, request.body)),
  });
}
