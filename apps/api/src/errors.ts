import type { ErrorCode } from '@sotto/protocol/errors';
import { isUnavailable } from './database.ts';

/** HTTP's word for each refusal (packages/protocol/SPEC.md section 1). */
export const statusOf: Record<ErrorCode, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  notFound: 404,
  wrongState: 409,
  conflict: 409,
  rejoin: 409,
  rateLimited: 429,
  internal: 500,
  unavailable: 503,
};

/** What a thrown fault is to the client: its message and stack never leave the process. */
export function codeOf(fault: unknown): ErrorCode {
  if (isUnavailable(fault)) return 'unavailable';
  // Fastify's own faults: a body that is too large, no JSON, of another type, or not as declared.
  if (fault instanceof Error && 'statusCode' in fault && typeof fault.statusCode === 'number') {
    if (fault.statusCode >= 400 && fault.statusCode < 500) return 'invalid';
  }
  return 'internal';
}
