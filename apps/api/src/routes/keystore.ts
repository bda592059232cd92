import { provenEnrolment } from '@sotto/protocol/keystore';
import {
  actAnswer,
  actCall,
  keystoreIdentity,
  legalHolds,
  nonceGrant,
  patientKeysQuery,
  releaseAnswer,
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
import { accepted } from '@sotto/protocol/result';
import type { Listener } from '@sotto/service/listener';
import { answer, refusals } from '../answer.ts';
import { readTokens } from '../caller.ts';
import {
  listEnrolments,
  listHolds,
  listKeptObjects,
  listNotices,
  readDirectory,
  readEntries,
  readKept,
} from '../keystoreViews.ts';
import { listOwnObjects, readPortal } from '../portal.ts';
import type { RecordingKeeper } from '../recordingKeeper.ts';
import { issueNonce, type RecordsContext, relayAct, relayRelease, requestEnrolment } from '../relay.ts';
import { answerRelayed, relayedRefusals } from '../relayAnswer.ts';
import { viewerOf } from '../viewer.ts';

/** Two assertions of at most 8 KiB each, and what they sign. */
const signedBytes = 32 * 1024;

/** Acts after which something is to be done to sealed bytes. */
const ofBytes: ReadonlySet<string> = new Set(['shred', 'hold', 'liftHold']);

/** The keystore behind the api: what is signed passes as it is, and so do its refusals. */
export function addKeystoreRoutes(api: Listener, context: RecordsContext, keeper: Pick<RecordingKeeper, 'look'>): void {
  api.route({
    method: 'GET',
    url: '/keystore/identity',
    schema: { response: { 200: keystoreIdentity, ...relayedRefusals } },
    handler: async (_request, reply) => answerRelayed(reply, accepted(await context.keystore.identity())),
  });

  api.route({
    method: 'POST',
    url: '/keystore/nonces',
    schema: { querystring: nonceQuery, response: { 201: nonceGrant, ...relayedRefusals } },
    handler: async (request, reply) =>
      answerRelayed(reply, await issueNonce(context, readTokens(request), request.query), 201),
  });

  api.route({
    method: 'GET',
    url: '/keystore/directory',
    schema: { response: { 200: directoryView, ...relayedRefusals } },
    handler: async (request, reply) => answerRelayed(reply, await readDirectory(context, readTokens(request))),
  });

  api.route({
    method: 'POST',
    url: '/keystore/enrolments',
    schema: { body: provenEnrolment, response: relayedRefusals },
    handler: async (request, reply) =>
      answerRelayed(reply, await requestEnrolment(context, readTokens(request), request.body)),
  });

  api.route({
    method: 'GET',
    url: '/keystore/enrolments',
    schema: { response: { 200: enrolmentView, ...relayedRefusals } },
    handler: async (request, reply) => answerRelayed(reply, await listEnrolments(context, readTokens(request))),
  });

  api.route({
    method: 'POST',
    url: '/keystore/acts',
    bodyLimit: signedBytes,
    schema: { body: actCall, response: { 200: actAnswer, ...relayedRefusals } },
    handler: async (request, reply) => {
      const outcome = await relayAct(context, readTokens(request), request.body);
      // What was shredded, held or let go is so in the storage soon.
      if (outcome.ok && outcome.value.tag === 'answered' && ofBytes.has(request.body.act.action)) keeper.look();
      return answerRelayed(reply, outcome);
    },
  });

  api.route({
    method: 'POST',
    url: '/keystore/releases',
    bodyLimit: signedBytes,
    schema: { body: signedRelease, response: { 200: releaseAnswer, ...relayedRefusals } },
    handler: async (request, reply) =>
      answerRelayed(reply, await relayRelease(context, readTokens(request), request.body, viewerOf(request))),
  });

  api.route({
    method: 'GET',
    url: '/keystore/entries',
    schema: { querystring: entriesQuery, response: { 200: entriesView, ...relayedRefusals } },
    handler: async (request, reply) =>
      answerRelayed(reply, await readEntries(context, readTokens(request), request.query)),
  });

  api.route({
    method: 'GET',
    url: '/keystore/holds',
    schema: { querystring: pageQuery, response: { 200: legalHolds, ...relayedRefusals } },
    handler: async (request, reply) =>
      answerRelayed(reply, await listHolds(context, readTokens(request), request.query)),
  });

  api.route({
    method: 'GET',
    url: '/keystore/patients/:pseudonym',
    schema: { params: pseudonymPath, querystring: patientKeysQuery, response: { 200: keptView, ...relayedRefusals } },
    handler: async (request, reply) =>
      answerRelayed(reply, await readKept(context, readTokens(request), request.params.pseudonym, request.query)),
  });

  api.route({
    method: 'GET',
    url: '/keystore/patients/:pseudonym/objects',
    schema: { params: pseudonymPath, querystring: pageQuery, response: { 200: objectPage, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await listKeptObjects(context, readTokens(request), request.params.pseudonym, request.query)),
  });

  api.route({
    method: 'GET',
    url: '/portal',
    schema: { querystring: patientKeysQuery, response: { 200: portalView, ...relayedRefusals } },
    handler: async (request, reply) =>
      answerRelayed(reply, await readPortal(context, readTokens(request), request.query)),
  });

  api.route({
    method: 'GET',
    url: '/portal/objects',
    schema: { querystring: pageQuery, response: { 200: objectPage, ...refusals } },
    handler: async (request, reply) => answer(reply, await listOwnObjects(context, readTokens(request), request.query)),
  });

  api.route({
    method: 'GET',
    url: '/keystore/notices',
    schema: { querystring: noticesQuery, response: { 200: noticesView, ...relayedRefusals } },
    handler: async (request, reply) =>
      answerRelayed(reply, await listNotices(context, readTokens(request), request.query)),
  });
}
