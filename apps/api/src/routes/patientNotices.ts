import {
  noticeConfirmation,
  noticeEnding,
  noticeRequest,
  outbox,
  patientNotices,
} from '@sotto/protocol/patientNotices';
import { accepted, refused } from '@sotto/protocol/result';
import { addressKey } from '@sotto/service/addressKey';
import type { Listener } from '@sotto/service/listener';
import { patientKinds } from '../access/caller.ts';
import { clinic, ownPatient } from '../access/resource.ts';
import { answer, noContent, refusals } from '../answer.ts';
import { recordedAct, recordedKeyedAct, recordedTry } from '../audit/recordedAct.ts';
import { asCaller, hasRole, readTokens } from '../caller.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { readOutbox } from '../mailQueue.ts';
import { confirmNotices, endByMail, endNotices, readNotices, requestNotices } from '../patientNotices.ts';

/**
 * Mail to patients about what was opened (packages/protocol, patientNotices).
 *
 * @param hasOutbox whether mail is shown on a page because it isn't sent
 */
export function addPatientNoticeRoutes(api: Listener, context: ClinicContext, hasOutbox: boolean): void {
  api.route({
    method: 'GET',
    url: '/portal/notices',
    config: {
      access: { action: 'portal:read', resource: ownPatient, sessions: patientKinds, entry: 'portal:notices:read' },
    },
    schema: { response: { 200: patientNotices, ...refusals } },
    handler: async (request, reply) => answer(reply, await readNotices(context, readTokens(request), !hasOutbox)),
  });

  api.route({
    method: 'PUT',
    url: '/portal/notices',
    config: { access: { action: 'portal:notices', resource: ownPatient, sessions: patientKinds } },
    schema: { body: noticeRequest, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      answer(
        reply,
        await recordedKeyedAct(request, context, (inOne) => requestNotices(inOne, readTokens(request), request.body)),
      ),
  });

  api.route({
    method: 'POST',
    url: '/portal/notices/confirmation',
    config: { access: { action: 'portal:notices', resource: ownPatient, sessions: patientKinds } },
    schema: { body: noticeConfirmation, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      answer(
        reply,
        await recordedTry(request, context, (inOne) => confirmNotices(inOne, readTokens(request), request.body.code)),
      ),
  });

  api.route({
    method: 'DELETE',
    url: '/portal/notices',
    config: {
      access: { action: 'portal:notices', resource: ownPatient, sessions: patientKinds, entry: 'portal:notices:end' },
    },
    schema: { response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await recordedKeyedAct(request, context, (inOne) => endNotices(inOne, readTokens(request)))),
  });

  api.route({
    method: 'POST',
    url: '/notices/end',
    config: {
      access: {
        public: 'whoever holds a mail’s single-use secret may end such mail without signing in',
        open: { entry: 'portal:notices:end', recorded: 'act', by: 'handler' },
      },
    },
    schema: { body: noticeEnding, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      const taken = await context.limits.noticeEndings.take(addressKey(request.ip));
      if (!taken.ok) return answer(reply, taken);
      const ended = await recordedAct(
        request,
        context,
        (inOne) => endByMail(inOne, request.body.secret),
        (patient) => ({ resource: `patient:${patient}`, patient }),
      );
      return answer(reply, ended.ok ? accepted(undefined) : ended);
    },
  });

  api.route({
    method: 'GET',
    url: '/outbox',
    config: { access: { action: 'kept:outbox', resource: clinic, sessions: ['staff'], recorded: 'again' } },
    schema: { response: { 200: outbox, ...refusals } },
    handler: async (request, reply) =>
      answer(
        reply,
        await asCaller(context, readTokens(request), async (caller) => {
          if (!hasRole(caller, 'privacyOfficer')) return refused('forbidden');
          return hasOutbox ? accepted(await readOutbox(context)) : refused('notFound');
        }),
      ),
  });
}
