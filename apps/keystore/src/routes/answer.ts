import type { FastifyReply } from 'fastify';
import * as z from 'zod';

/** HTTP's word for each refusal (SPEC.md section 9). */
export const statusOf = {
  invalid: 400,
  nonce: 401,
  expired: 401,
  assertion: 401,
  revoked: 401,
  denied: 403,
  notOnHost: 403,
  notFirst: 403,
  lastOfficers: 403,
  notFound: 404,
  unknownObject: 404,
  unknownCredential: 404,
  conflict: 409,
  exists: 409,
  held: 409,
  notHeld: 409,
  shredded: 410,
  internal: 500,
  witnessGone: 503,
  logStopped: 503,
  masterKey: 503,
  unavailable: 503,
} as const;
export type ErrorCode = keyof typeof statusOf;

const errorBody = z.strictObject({
  code: z.enum(Object.keys(statusOf) as [ErrorCode, ...ErrorCode[]]),
  reasons: z.array(z.string()),
  correlationId: z.string(),
});

/** The response schemas that every route has besides its own. */
export const refusals = { '4xx': errorBody, '5xx': errorBody } as const;

const isCode = (code: string): code is ErrorCode => Object.hasOwn(statusOf, code);

/** Refuses a request: a code, policy's reasons, and the id under which the service log has it. */
export function refuse(reply: FastifyReply, code: string, reasons: readonly string[] = []): FastifyReply {
  const known = isCode(code) ? code : 'denied';
  return reply.code(statusOf[known]).send({ code: known, reasons: [...reasons], correlationId: reply.request.id });
}
