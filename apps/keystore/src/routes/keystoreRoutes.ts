import { formatProvenEntry, formatVerifierKey, type VerifierKey } from '@sotto/audit';
import { patientId, staffId, visitId } from '@sotto/protocol/ids';
import * as z from 'zod';
import { toBase64url } from '../bytes.ts';
import { credentialTable } from '../database/schema.ts';
import { actCall } from '../directory/act.ts';
import { clinicianOf } from '../directory/clinician.ts';
import type { KeystoreLog } from '../events.ts';
import { mintObject } from '../keys/objectKeys.ts';
import { keyStatus } from '../keys/status.ts';
import type { Keystore } from '../keystore.ts';
import { issueNonce } from '../nonces.ts';
import { releaseCall } from '../release/releaseRequest.ts';
import type { Releases } from '../release/releases.ts';
import { refusals, refuse } from './answer.ts';
import type { Listener } from './listener.ts';

export interface RouteParts {
  readonly keystore: Keystore;
  readonly releases: Releases;
  readonly logKey: VerifierKey;
  readonly witnessKey: VerifierKey;
  readonly log: KeystoreLog;
}

const statement = z.strictObject({ payload: z.looseObject({ type: z.string() }), signature: z.string() });

/** What the keystore answers, to the callers that its listener lets in. */
export function addKeystoreRoutes(
  listener: Listener,
  { keystore, releases, logKey, witnessKey, log }: RouteParts,
): void {
  const { context, acts, connection } = keystore;

  listener.post(
    '/v1/nonces',
    {
      schema: {
        body: z.strictObject({ subject: staffId }),
        response: { 201: z.strictObject({ nonce: z.string(), expiresAt: z.string() }), ...refusals },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await issueNonce(context.database, request.body.subject, context.now())),
  );

  listener.post(
    '/v1/objects',
    {
      schema: {
        body: z.strictObject({ pseudonym: patientId, visit: visitId.nullable() }),
        response: { 201: z.strictObject({ statement, proof: z.string() }), ...refusals },
      },
    },
    async (request, reply) => {
      const { statement: signed, proof } = await mintObject(context, request.body);
      const { payload, signature } = signed;
      return reply
        .code(201)
        .send({ statement: { payload: { ...payload }, signature }, proof: formatProvenEntry(proof) });
    },
  );

  const releasedKey = z.strictObject({ object: z.string(), enc: z.string(), sealed: z.string(), proof: z.string() });
  listener.post(
    '/v1/releases',
    {
      schema: {
        body: releaseCall,
        response: { 200: z.strictObject({ isWitnessed: z.boolean(), keys: z.array(releasedKey) }), ...refusals },
      },
    },
    async (request, reply) => {
      const outcome = await releases.release(request.body);
      if (outcome.tag === 'refused') return refuse(reply, outcome.code, outcome.reasons);
      if (!outcome.isWitnessed) log.warn('unwitnessed', { correlationId: request.id });
      return reply.send({ isWitnessed: outcome.isWitnessed, keys: [...outcome.keys] });
    },
  );

  listener.post(
    '/v1/acts',
    {
      schema: {
        body: actCall,
        response: { 200: z.strictObject({ statement: statement.nullable(), proof: z.string() }), ...refusals },
      },
    },
    async (request, reply) => {
      const outcome = await acts.perform(request.body);
      if (outcome.tag === 'refused') return refuse(reply, outcome.code);
      return reply.send({
        statement: statement.nullable().parse(outcome.statement),
        proof: formatProvenEntry(outcome.proof),
      });
    },
  );

  listener.get(
    '/v1/directory',
    {
      schema: {
        response: {
          200: z.strictObject({ entries: z.array(statement), revocations: z.array(statement) }),
          ...refusals,
        },
      },
    },
    async () => {
      const rows = (await context.database.select().from(credentialTable)).filter(
        (row) => clinicianOf(row, context.statements.publicKey) !== null,
      );
      const parse = (text: string) => statement.parse(JSON.parse(text));
      return {
        entries: rows.map((row) => parse(row.statement)),
        revocations: rows.flatMap((row) => (row.revocation === null ? [] : parse(row.revocation))),
      };
    },
  );

  listener.get(
    '/v1/identity',
    {
      schema: {
        response: {
          200: z.strictObject({
            clinic: z.string(),
            statementKey: z.string(),
            logKey: z.string(),
            witnessKey: z.string(),
          }),
          ...refusals,
        },
      },
    },
    async () => ({
      clinic: context.clinic,
      statementKey: toBase64url(context.statements.publicKey),
      logKey: formatVerifierKey(logKey),
      witnessKey: formatVerifierKey(witnessKey),
    }),
  );

  listener.get('/v1/status', async () => keyStatus(context));

  listener.get('/v1/health', async (_request, reply) => {
    await connection.ping();
    return reply.code(204).send();
  });
}
