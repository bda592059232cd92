import { Readable } from 'node:stream';
import { maxEvidenceText } from '@sotto/protocol/consent';
import { maxManifestText, registrationAnswer } from '@sotto/protocol/keystoreRoutes';
import {
  maxPartOctets,
  partGrant,
  partList,
  partPath,
  partRequest,
  recordingUpload,
  sealedRecording,
  ticketPath,
} from '@sotto/protocol/recordings';
import { objectPath } from '@sotto/protocol/records';
import type { Result } from '@sotto/protocol/result';
import type { Listener } from '@sotto/service/listener';
import type { FastifyReply } from 'fastify';
import { sessionKinds } from '../access/caller.ts';
import { objectOfPath } from '../access/resource.ts';
import { fetchesSealed, storesObject, storesSealed } from '../access/sealedAccess.ts';
import { answer, noContent, octetContent, refusals, refuse } from '../answer.ts';
import { readStaffPass, readTokens } from '../caller.ts';
import type { RecordingKeeper } from '../recordingKeeper.ts';
import {
  grantPart,
  Interrupted,
  listParts,
  type PieceOutcome,
  type Put,
  putPart,
  readPart,
  redeemTicket,
} from '../recordingParts.ts';
import { readRecording, storeRecording } from '../recordings.ts';
import type { RecordsContext } from '../relay.ts';

const uploadBytes = maxManifestText + maxEvidenceText + 1024;

/** `bytes=a-b` or `bytes=a-` (RFC 9110 section 14.1.2), of at most 1 MiB; null for anything else. */
function rangeOf(header: string | undefined): { start: number; end: number | null } | null {
  const [, first, last] = /^bytes=(\d{1,9})-(\d{1,9})?$/.exec(header ?? '') ?? [];
  if (first === undefined) return null;
  const [start, end] = [Number(first), last === undefined ? null : Number(last)];
  return end !== null && (end < start || end - start >= maxPartOctets) ? null : { start, end };
}

function answerPiece(reply: FastifyReply, piece: PieceOutcome): FastifyReply {
  if (piece.tag === 'outside') return reply.code(416).header('content-range', `bytes */${piece.length}`).send();
  const { octets, start, length } = piece;
  return reply
    .code(206)
    .header('content-type', 'application/octet-stream')
    .header('content-range', `bytes ${start}-${start + octets.byteLength - 1}/${length}`)
    .send(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength));
}

const putAnswers = { 201: noContent, 204: noContent, ...refusals } as const;

function answerPut(reply: FastifyReply, result: Result<Put>): FastifyReply {
  if (!result.ok) return answer(reply, result);
  return reply.code(result.value === 'created' ? 201 : 204).send();
}

/** Recordings: their sealed bytes in parts, in and out, and what is handed in once all are there. */
export async function addRecordingRoutes(
  api: Listener,
  context: RecordsContext,
  keeper: Pick<RecordingKeeper, 'look'>,
): Promise<void> {
  api.route({
    method: 'POST',
    url: '/objects/:objectId/parts',
    config: {
      access: {
        ...storesObject,
        limit: 'parts',
        recorded: 'before',
        entry: 'object:store:part',
      },
    },
    schema: { params: objectPath, body: partRequest, response: { 201: partGrant, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await grantPart(context, readStaffPass(request), request.params.objectId, request.body), 201),
  });

  api.route({
    method: 'GET',
    url: '/objects/:objectId/parts',
    config: {
      access: {
        ...{ action: 'object:fetch', resource: objectOfPath, sessions: sessionKinds, whileLocked: 'live' },
        entry: 'object:fetch:parts',
      },
    },
    schema: { params: objectPath, response: { 200: partList, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await listParts(context, readTokens(request), request.params.objectId)),
  });

  api.route({
    method: 'GET',
    url: '/objects/:objectId/parts/:leaf',
    config: {
      access: {
        ...{ action: 'object:fetch', resource: objectOfPath, sessions: sessionKinds },
        recorded: {
          elsewhere: 'Pieces of ciphertext, which only a release by the keystore opens, and that is in its log.',
        },
      },
    },
    schema: { params: partPath, response: { 206: octetContent, ...refusals } },
    handler: async (request, reply) => {
      const range = rangeOf(request.headers.range);
      if (range === null) return refuse(reply, 'invalid');
      const { objectId: object, leaf } = request.params;
      const result = await readPart(context, readTokens(request), { object, leaf, ...range });
      if (!result.ok) return answer(reply, result);
      return answerPiece(reply, result.value);
    },
  });

  api.route({
    method: 'PUT',
    url: '/phi/objects/:objectId/recording',
    config: { access: storesSealed('storeRecording') },
    bodyLimit: uploadBytes,
    schema: { params: objectPath, body: recordingUpload, response: { 200: registrationAnswer, ...refusals } },
    handler: async (request, reply) => {
      const { objectId: object } = request.params;
      const stored = await storeRecording(context, readStaffPass(request), object, request.body);
      // What is complete now is retained from now on, not from tomorrow.
      if (stored.ok && context.storage.retentionDays !== null) keeper.look();
      return answer(reply, stored);
    },
  });

  api.route({
    method: 'GET',
    url: '/phi/objects/:objectId/recording',
    config: { access: fetchesSealed('readRecording') },
    schema: { params: objectPath, response: { 200: sealedRecording, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await readRecording(context, readTokens(request), request.params.objectId)),
  });

  await api.register(async (octets: Listener) => addOctetRoutes(octets, context));
}

/** Where octets are put as they are: whatever type they are said to have, they are sealed, and are read as they come. */
function addOctetRoutes(octets: Listener, context: RecordsContext): void {
  octets.removeAllContentTypeParsers();
  octets.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

  octets.route({
    method: 'PUT',
    url: '/objects/:objectId/parts/:leaf',
    config: {
      access: {
        ...storesObject,
        recorded: { elsewhere: 'Each part was recorded when it was granted, and only what was granted is taken.' },
      },
    },
    schema: { params: partPath, response: putAnswers },
    handler: async (request, reply) => {
      const { objectId: object, leaf } = request.params;
      const pass = readStaffPass(request);
      return answerPut(reply, await putPart(context, pass, { object, leaf, content: octetsOf(request.body) }));
    },
  });

  octets.route({
    method: 'PUT',
    url: '/parts/:ticket',
    config: {
      access: {
        public: 'The ticket in the path is the permission, for one part and a short while.',
        open: { silent: 'Who asked for the ticket is recorded.' },
      },
    },
    schema: { params: ticketPath, response: putAnswers },
    handler: async (request, reply) =>
      answerPut(reply, await redeemTicket(context, request.params.ticket, octetsOf(request.body))),
  });
}

/** A body as it comes in. @throws Interrupted once whoever sends it has gone */
async function* octetsOf(body: unknown): AsyncGenerator<Uint8Array, void, undefined> {
  if (!(body instanceof Readable)) return;
  try {
    for await (const piece of body) if (piece instanceof Uint8Array) yield piece;
  } catch {
    throw new Interrupted();
  }
}
