import type { Contained } from '@sotto/protocol/containment';
import { staffId } from '@sotto/protocol/ids';
import { provenEnrolment } from '@sotto/protocol/keystore';
import {
  actAnswer,
  actCall,
  keystoreIdentity,
  legalHolds,
  nonceGrant,
  patientKeysQuery,
  releaseAnswer,
  restrictions,
  signedClosing,
  signedRelease,
} from '@sotto/protocol/keystoreRoutes';
import {
  directoryView,
  enrolmentView,
  entriesQuery,
  entriesView,
  keptView,
  nonceQuery,
  noticesQuery,
  noticesView,
  objectPage,
  pageQuery,
  portalView,
  pseudonymPath,
} from '@sotto/protocol/records';
import { accepted, refused } from '@sotto/protocol/result';
import type { Listener } from '@sotto/service/listener';
import type { FastifyRequest } from 'fastify';
import { patientKinds, sessionKinds } from '../access/caller.ts';
import { clinic, clinicOfVisits, logOfQuery, ownPatient, patientOfPath } from '../access/resource.ts';
import { isSuspended, liftSuspension } from '../administration.ts';
import { incidentResource } from '../alerts/incidents.ts';
import { callOff } from '../alerts/lifting.ts';
import { answer, noContent, refusals } from '../answer.ts';
import { recorderOf } from '../audit/recordedAct.ts';
import { readStaffPass, readTokens, tellerOf } from '../caller.ts';
import type { KeystoreOutcome } from '../keystoreClient.ts';
import {
  listEnrolments,
  listHolds,
  listKeptObjects,
  listNotices,
  listRestrictions,
  readDirectory,
  readEntries,
  readKept,
} from '../keystoreViews.ts';
import { endPasskeySessions } from '../ownSessions.ts';
import { endSessionsByAct } from '../patientSession.ts';
import { listOwnObjects, readPortal } from '../portal.ts';
import type { RecordingKeeper } from '../recordingKeeper.ts';
import { issueNonce, type RecordsContext, relayAct, relayClosing, relayRelease, requestEnrolment } from '../relay.ts';
import { answerRelayed, relayedRefusals } from '../relayAnswer.ts';
import { viewerOf } from '../viewer.ts';

/** Two assertions of at most 8 KiB each, and what they sign. */
const signedBytes = 32 * 1024;

/** Acts after which something is to be done to sealed bytes. */
const ofBytes: ReadonlySet<string> = new Set(['shred', 'hold', 'liftHold']);

/** Whether an opening says that the glass is broken for it; the keystore decides, logs it, and has it reviewed. */
const declaresEmergency = ({ body }: Pick<FastifyRequest, 'body'>): boolean =>
  signedRelease.parse(body).request.breakGlass !== null;

const inItsLog = { elsewhere: 'The keystore records it in the access log, which it signs itself.' } as const;
const nonces = {
  elsewhere: 'A number that is good for one signature; what is signed with it is in the access log.',
} as const;
const publicKeys = { elsewhere: 'Public keys and names of staff, nothing of a patient.' } as const;

/**
 * Undoes what the rules did to an account, or were about to, once the keystore doesn't hold it up any more: nothing but an officer's
 * signature ends that there. The keystore is asked, whatever it answered to the act: an answer may be lost, and an old act that is
 * handed in again is answered as it was.
 */
async function letGoOn(context: RecordsContext, request: FastifyRequest, whom: Contained): Promise<void> {
  const { data: staff } = staffId.safeParse(whom);
  if (staff === undefined) return;
  const asOf = context.now();
  const asked = await context.keystore.containments();
  if (asked.tag !== 'answered' || asked.value.containments.some((one) => one.whom === staff)) return;
  const recorder = recorderOf(request);
  // However much they changed before: it was signed for.
  await recorder.inOne(async (database) => {
    const inOne = { ...context, database };
    const incident = await callOff(inOne, staff, asOf);
    if (incident === null) return refused('wrongState');
    recorder.about({ action: 'incident:lift', resource: incidentResource(incident) });
    if (!(await isSuspended(inOne, staff))) return accepted(undefined);
    return liftSuspension({ ...inOne, tell: tellerOf(request) }, { staff });
  });
  // If the keystore refused the act, that is said of the act.
  recorder.about({ action: 'relay:act', resource: 'clinic' });
}

/** Whether the keystore may have let somebody go on: by this act, or by one before it of which the answer was lost. */
const mayHaveLifted = (outcome: KeystoreOutcome<unknown>): boolean =>
  outcome.tag !== 'refused' || outcome.refusal.code === 'notContained';

/** The keystore behind the api: what is signed passes as it is, and so do its refusals. */
export function addKeystoreRoutes(api: Listener, context: RecordsContext, keeper: Pick<RecordingKeeper, 'look'>): void {
  api.route({
    method: 'GET',
    url: '/keystore/identity',
    config: {
      access: {
        public: 'The keystore’s public key, by which everybody checks what it signs.',
        open: { silent: 'The same for everybody, and about nobody.' },
      },
    },
    schema: { response: { 200: keystoreIdentity, ...relayedRefusals } },
    handler: async (_request, reply) => answerRelayed(reply, accepted(await context.keystore.identity())),
  });

  api.route({
    method: 'POST',
    url: '/keystore/nonces',
    config: { access: { action: 'relay:nonce', resource: clinic, sessions: sessionKinds, recorded: nonces } },
    schema: { querystring: nonceQuery, response: { 201: nonceGrant, ...relayedRefusals } },
    handler: async (request, reply) =>
      answerRelayed(reply, await issueNonce(context, readTokens(request), request.query), 201),
  });

  api.route({
    method: 'GET',
    url: '/keystore/directory',
    config: {
      access: {
        action: 'directory:read',
        resource: clinicOfVisits,
        sessions: sessionKinds,
        whileLocked: 'live',
        recorded: publicKeys,
      },
    },
    schema: { response: { 200: directoryView, ...relayedRefusals } },
    handler: async (request, reply) => answerRelayed(reply, await readDirectory(context, readTokens(request))),
  });

  api.route({
    method: 'POST',
    url: '/keystore/enrolments',
    config: { access: { action: 'relay:enrol', resource: clinic, sessions: ['staff', 'visit'], recorded: inItsLog } },
    schema: { body: provenEnrolment, response: { 204: noContent, ...relayedRefusals } },
    handler: async (request, reply) =>
      answerRelayed(reply, await requestEnrolment(context, readTokens(request), request.body)),
  });

  api.route({
    method: 'GET',
    url: '/keystore/enrolments',
    config: {
      access: { action: 'directory:waiting', resource: clinic, sessions: ['staff', 'visit'], recorded: 'again' },
    },
    schema: { response: { 200: enrolmentView, ...relayedRefusals } },
    handler: async (request, reply) => answerRelayed(reply, await listEnrolments(context, readTokens(request))),
  });

  api.route({
    method: 'POST',
    url: '/keystore/acts',
    config: { access: { action: 'relay:act', resource: clinic, sessions: ['staff', 'visit'], recorded: inItsLog } },
    bodyLimit: signedBytes,
    schema: { body: actCall, response: { 200: actAnswer, ...relayedRefusals } },
    handler: async (request, reply) => {
      const { act } = request.body;
      const outcome = await relayAct(context, readTokens(request), request.body);
      if (!outcome.ok) return answerRelayed(reply, outcome);
      const { tag } = outcome.value;
      // What was shredded, held or let go is so in the storage soon.
      if (tag === 'answered' && ofBytes.has(act.action)) keeper.look();
      if (act.action === 'liftContainment' && mayHaveLifted(outcome.value)) await letGoOn(context, request, act.whom);
      // Without an answer it may have been done all the same; who isn't an officer has handed in nothing that would be.
      const isOfficer = readStaffPass(request)?.roles.includes('privacyOfficer') ?? false;
      await endSessionsByAct(context, act, outcome.value, isOfficer);
      if (tag === 'answered' || (tag === 'unavailable' && isOfficer)) {
        if (act.action === 'revoke') await endPasskeySessions(context, act.subject);
        if (act.action === 'replace') await endPasskeySessions(context, act.entry.subject);
      }
      return answerRelayed(reply, outcome);
    },
  });

  api.route({
    method: 'POST',
    url: '/keystore/releases',
    config: {
      access: {
        ...{ action: 'relay:release', resource: clinic, sessions: sessionKinds, declaresEmergency },
        recorded: inItsLog,
      },
    },
    bodyLimit: signedBytes,
    schema: { body: signedRelease, response: { 200: releaseAnswer, ...relayedRefusals } },
    handler: async (request, reply) =>
      answerRelayed(reply, await relayRelease(context, readTokens(request), request.body, viewerOf(request))),
  });

  api.route({
    method: 'POST',
    url: '/keystore/closings',
    // An action of its own, which no limit of a role keeps back, whatever became of that role.
    config: {
      access: {
        action: 'relay:close',
        resource: clinic,
        sessions: sessionKinds,
        whileLocked: 'always',
        recorded: inItsLog,
      },
    },
    schema: { body: signedClosing, response: { 204: noContent, ...relayedRefusals } },
    handler: async (request, reply) =>
      answerRelayed(reply, await relayClosing(context, readTokens(request), request.body)),
  });

  api.route({
    method: 'GET',
    url: '/keystore/entries',
    config: { access: { action: 'log:read', resource: logOfQuery, sessions: sessionKinds, recorded: inItsLog } },
    schema: { querystring: entriesQuery, response: { 200: entriesView, ...relayedRefusals } },
    handler: async (request, reply) =>
      answerRelayed(reply, await readEntries(context, readTokens(request), request.query)),
  });

  api.route({
    method: 'GET',
    url: '/keystore/holds',
    config: { access: { action: 'kept:holds', resource: clinic, sessions: ['staff', 'visit'], recorded: 'again' } },
    schema: { querystring: pageQuery, response: { 200: legalHolds, ...relayedRefusals } },
    handler: async (request, reply) =>
      answerRelayed(reply, await listHolds(context, readTokens(request), request.query)),
  });

  api.route({
    method: 'GET',
    url: '/keystore/restrictions',
    config: {
      access: { action: 'kept:restrictions', resource: clinic, sessions: ['staff', 'visit'], recorded: 'again' },
    },
    schema: { querystring: pageQuery, response: { 200: restrictions, ...relayedRefusals } },
    handler: async (request, reply) =>
      answerRelayed(reply, await listRestrictions(context, readTokens(request), request.query)),
  });

  api.route({
    method: 'GET',
    url: '/keystore/patients/:pseudonym',
    config: {
      access: { action: 'kept:read', resource: patientOfPath, sessions: ['staff', 'visit'], recorded: 'again' },
    },
    schema: { params: pseudonymPath, querystring: patientKeysQuery, response: { 200: keptView, ...relayedRefusals } },
    handler: async (request, reply) =>
      answerRelayed(reply, await readKept(context, readTokens(request), request.params.pseudonym, request.query)),
  });

  api.route({
    method: 'GET',
    url: '/keystore/patients/:pseudonym/objects',
    config: {
      access: { action: 'kept:read', resource: patientOfPath, sessions: ['staff', 'visit'], recorded: 'again' },
    },
    schema: { params: pseudonymPath, querystring: pageQuery, response: { 200: objectPage, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await listKeptObjects(context, readTokens(request), request.params.pseudonym, request.query)),
  });

  api.route({
    method: 'GET',
    url: '/portal',
    config: { access: { action: 'portal:read', resource: ownPatient, sessions: patientKinds, recorded: 'again' } },
    schema: { querystring: patientKeysQuery, response: { 200: portalView, ...relayedRefusals } },
    handler: async (request, reply) =>
      answerRelayed(reply, await readPortal(context, readTokens(request), request.query)),
  });

  api.route({
    method: 'GET',
    url: '/portal/objects',
    config: { access: { action: 'portal:read', resource: ownPatient, sessions: patientKinds, recorded: 'again' } },
    schema: { querystring: pageQuery, response: { 200: objectPage, ...refusals } },
    handler: async (request, reply) => answer(reply, await listOwnObjects(context, readTokens(request), request.query)),
  });

  api.route({
    method: 'GET',
    url: '/keystore/notices',
    config: { access: { action: 'kept:notices', resource: clinic, sessions: ['staff', 'visit'], recorded: 'again' } },
    schema: { querystring: noticesQuery, response: { 200: noticesView, ...relayedRefusals } },
    handler: async (request, reply) =>
      answerRelayed(reply, await listNotices(context, readTokens(request), request.query)),
  });
}
