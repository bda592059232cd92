import { type ErrorCode, errorBody } from '@sotto/protocol/errors';
import type { Result } from '@sotto/protocol/result';
import type { FastifyReply } from 'fastify';
import * as z from 'zod';
import { statusOf } from './errors.ts';

/** The response schemas that every route has besides its own. */
export const refusals = { '4xx': errorBody, '5xx': errorBody } as const;

/** The response schema of an answer without a body. */
export const noContent = z.undefined();

/** The response schema of octets, which go out as they are. */
export const octetContent = { content: { 'application/octet-stream': { schema: z.string() } } } as const;

/** The header of every answer that has the id under which the log has it. */
export const correlationHeader = 'x-correlation-id';

/** Refuses a request: the code, and the id under which the log has it. */
export function refuse(reply: FastifyReply, code: ErrorCode, retryAfterMs?: number): FastifyReply {
  if (retryAfterMs !== undefined) reply.header('retry-after', String(Math.ceil(retryAfterMs / 1000)));
  // Also where no hook ran: a request that isn't HTTP as it should be.
  return reply
    .header(correlationHeader, reply.request.id)
    .code(statusOf[code])
    .send({ code, correlationId: reply.request.id });
}

/** Sends the outcome of an operation: its value as it is, or the refusal. No value is an empty 204. */
export function answer(reply: FastifyReply, result: Result<unknown>, status = 200): FastifyReply {
  if (!result.ok) return refuse(reply, result.code, result.retryAfterMs);
  return result.value === undefined ? reply.code(204).send() : reply.code(status).send(result.value);
}
