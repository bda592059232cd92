import { formatProvenEntry } from '@sotto/audit';
import { patientId } from '@sotto/protocol/ids';
import { clinicianStatement, provenEnrolment, revocationStatement } from '@sotto/protocol/keystore';
import {
  actAnswer,
  containmentRequest,
  containments,
  directory,
  enrolmentList,
  holdsQuery,
  legalHolds,
  notices,
  patientKeys,
  patientKeysQuery,
  restrictions,
  restrictionsQuery,
  shreddings,
  shreddingsQuery,
} from '@sotto/protocol/keystoreRoutes';
import type { Listener } from '@sotto/service/listener';
import * as z from 'zod';
import { credentialTable } from '../database/schema.ts';
import { actCall, nonceHolderOf } from '../directory/act.ts';
import { clinicianOf } from '../directory/clinician.ts';
import { listPatientKeys } from '../directory/patientCredential.ts';
import { keepEnrolment, pendingEnrolments } from '../directory/pendingEnrolments.ts';
import { readRestrictions } from '../keys/restriction.ts';
import { readHolds, readShreddings } from '../keys/shredding.ts';
import { readNotices } from '../notices.ts';
import { containForApi, readContainments } from '../release/containment.ts';
import { parseStored } from '../stored.ts';
import { noContent, refusals, refuse } from './answer.ts';
import type { RouteParts } from './routeParts.ts';

/** Whose keys count: new keys that wait, the acts that let them in or out, and the directory. */
export function addDirectoryRoutes(listener: Listener, { keystore, party, limits }: RouteParts): void {
  const { context, acts } = keystore;

  listener.post(
    '/v1/enrolments',
    { schema: { body: provenEnrolment, response: { 204: noContent, ...refusals } } },
    async (request, reply) => {
      const { entry } = request.body.enrolment;
      const isLimited = !(await limits.enrolments.take('subject' in entry ? entry.subject : entry.pseudonym));
      if (isLimited) return refuse(reply, 'rateLimited');
      const refusal = await keepEnrolment(context, party, request.body);
      return refusal === null ? reply.code(204).send() : refuse(reply, refusal);
    },
  );

  listener.get('/v1/enrolments', { schema: { response: { 200: enrolmentList, ...refusals } } }, async () => ({
    enrolments: await pendingEnrolments(context.database, context.now()),
  }));

  listener.post(
    '/v1/acts',
    { schema: { body: actCall, response: { 200: actAnswer, ...refusals } } },
    async (request, reply) => {
      if (!(await limits.acts.take(nonceHolderOf(request.body.act)))) return refuse(reply, 'rateLimited');
      const outcome = await acts.perform(request.body);
      if (outcome.tag === 'refused') return refuse(reply, outcome.code);
      return reply.send({
        statement: actAnswer.shape.statement.parse(outcome.statement),
        proof: formatProvenEntry(outcome.proof),
      });
    },
  );

  listener.get(
    '/v1/patients/:pseudonym/keys',
    {
      schema: {
        params: z.strictObject({ pseudonym: patientId }),
        querystring: patientKeysQuery,
        response: { 200: patientKeys, ...refusals },
      },
    },
    async ({ params, query }) => listPatientKeys(context, params.pseudonym, query.nonce),
  );

  listener.get(
    '/v1/holds',
    { schema: { querystring: holdsQuery, response: { 200: legalHolds, ...refusals } } },
    async (request) => readHolds(context.database, request.query),
  );

  listener.get(
    '/v1/restrictions',
    { schema: { querystring: restrictionsQuery, response: { 200: restrictions, ...refusals } } },
    async (request) => readRestrictions(context, request.query),
  );

  listener.get('/v1/containments', { schema: { response: { 200: containments, ...refusals } } }, async () =>
    readContainments(context),
  );

  listener.post(
    '/v1/containments',
    { schema: { body: containmentRequest, response: { 204: noContent, ...refusals } } },
    async (request, reply) => {
      await containForApi(context, request.body.whom);
      return reply.code(204).send();
    },
  );

  listener.get(
    '/v1/shreddings',
    { schema: { querystring: shreddingsQuery, response: { 200: shreddings, ...refusals } } },
    async (request) => readShreddings(context.database, request.query),
  );

  listener.get(
    '/v1/notices',
    {
      schema: {
        querystring: z.strictObject({ after: z.coerce.number().int().min(0).default(0) }),
        response: { 200: notices, ...refusals },
      },
    },
    async (request) => readNotices(context.database, request.query.after),
  );

  const revocation = z.union([revocationStatement, clinicianStatement]);
  listener.get('/v1/directory', { schema: { response: { 200: directory, ...refusals } } }, async () => {
    const rows = (await context.database.select().from(credentialTable)).filter(
      (row) => clinicianOf(row, context.statements) !== null,
    );
    return {
      entries: rows.flatMap((row) => parseStored(clinicianStatement, row.statement) ?? []),
      revocations: rows.flatMap((row) => parseStored(revocation, row.revocation) ?? []),
    };
  });
}
