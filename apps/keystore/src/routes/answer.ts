import { type KeystoreCode, keystoreRefusal, keystoreStatusOf } from '@sotto/protocol/keystoreRoutes';
import type { FastifyReply } from 'fastify';
import * as z from 'zod';

/** The response schemas that every route has besides its own. */
export const refusals = { '4xx': keystoreRefusal, '5xx': keystoreRefusal } as const;

/** The body of an empty 204. */
export const noContent = z.undefined();

const isCode = (code: string): code is KeystoreCode => Object.hasOwn(keystoreStatusOf, code);

/** Refuses a request: a code, policy's reasons, and the id under which the service log has it. */
export function refuse(reply: FastifyReply, code: string, reasons: readonly string[] = []): FastifyReply {
  const known = isCode(code) ? code : 'denied';
  return reply
    .code(keystoreStatusOf[known])
    .send({ code: known, reasons: [...reasons], correlationId: reply.request.id });
}
