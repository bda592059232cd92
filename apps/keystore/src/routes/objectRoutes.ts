import { formatProvenEntry } from '@sotto/audit';
import { maxEvidenceText } from '@sotto/protocol/consent';
import {
  accesses,
  accessesQuery,
  entriesAnswer,
  entriesRequest,
  maxManifestText,
  mintAnswer,
  mintRequest,
  openings,
  openingsQuery,
  registrationAnswer,
  registrationRequest,
  releaseAnswer,
  signedClosing,
} from '@sotto/protocol/keystoreRoutes';
import type { Listener } from '@sotto/service/listener';
import { fromBase64url } from '../bytes.ts';
import { mintObject } from '../keys/objectKeys.ts';
import { registerObject } from '../keys/registration.ts';
import { readAccesses } from '../log/accesses.ts';
import { readOpenings } from '../log/openings.ts';
import { maxReaderRole, readEntries } from '../log/reading.ts';
import { releaseCall } from '../release/releaseRequest.ts';
import { noContent, refusals, refuse } from './answer.ts';
import type { RouteParts } from './routeParts.ts';

/** Objects' keys, from minting to release, and the log of it. */
export function addObjectRoutes(
  listener: Listener,
  { keystore, releases, closings, party, identities, limits, log }: RouteParts,
): void {
  const { context } = keystore;

  listener.post(
    '/v1/objects',
    { schema: { body: mintRequest, response: { 201: mintAnswer, ...refusals } } },
    async (request, reply) => {
      if (!(await limits.mints.take(request.body.pseudonym))) return refuse(reply, 'rateLimited');
      const { statement, proof } = await mintObject(context, request.body);
      return reply.code(201).send({ statement, proof: formatProvenEntry(proof) });
    },
  );

  listener.post(
    '/v1/registrations',
    {
      // The one body that is large: a manifest in base64url, and of a recording the consents.
      bodyLimit: maxManifestText + maxEvidenceText + 1024,
      schema: { body: registrationRequest, response: { 200: registrationAnswer, ...refusals } },
    },
    async (request, reply) => {
      const { object, manifest, evidence } = request.body;
      if (!(await limits.registrations.take(object))) return refuse(reply, 'rateLimited');
      const outcome = await registerObject(
        context,
        { party, identities },
        { object, manifest: fromBase64url(manifest), evidence },
      );
      if (outcome.tag === 'refused') return refuse(reply, outcome.code);
      return reply.send({ statement: outcome.statement, proof: formatProvenEntry(outcome.proof) });
    },
  );

  listener.post(
    '/v1/releases',
    { schema: { body: releaseCall, response: { 200: releaseAnswer, ...refusals } } },
    async (request, reply) => {
      if (!(await limits.releases.take(request.body.request.user))) return refuse(reply, 'rateLimited');
      const outcome = await releases.release(request.body);
      if (outcome.tag === 'refused') return refuse(reply, outcome.code, outcome.reasons);
      if (!outcome.isWitnessed) log.warn('unwitnessed', { correlationId: request.id });
      return reply.send({ isWitnessed: outcome.isWitnessed, keys: [...outcome.keys] });
    },
  );

  listener.post(
    '/v1/closings',
    { schema: { body: signedClosing, response: { 204: noContent, ...refusals } } },
    async (request, reply) => {
      if (!(await limits.closings.take(request.body.request.id))) return refuse(reply, 'rateLimited');
      const outcome = await closings.tell(request.body);
      return outcome === 'told' ? reply.code(204).send() : refuse(reply, outcome);
    },
  );

  listener.get(
    '/v1/openings',
    { schema: { querystring: openingsQuery, response: { 200: openings, ...refusals } } },
    async (request) => readOpenings(context.database, request.query.after),
  );

  listener.get(
    '/v1/accesses',
    { schema: { querystring: accessesQuery, response: { 200: accesses, ...refusals } } },
    async (request) => readAccesses(context.database, request.query),
  );

  listener.post(
    '/v1/entries',
    {
      schema: {
        body: entriesRequest.refine(({ reader }) => reader.role.length <= maxReaderRole),
        response: { 200: entriesAnswer, ...refusals },
      },
    },
    async (request, reply) => {
      if (!(await limits.entries.take(request.body.reader.subject))) return refuse(reply, 'rateLimited');
      return reply.send(await readEntries(context, request.body));
    },
  );
}
