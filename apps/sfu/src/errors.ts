import type { ErrorCode } from '@sotto/protocol/errors';
import { errors } from 'mediasoup';

/**
 * What a fault that mediasoup threw means to the caller.
 *
 * @param otherwise what it means if the worker lives and knows the thing: `invalid` where a client's parameters were
 *   handed to it (they were parsed before, so a mismatched codec or a reused SSRC), `internal` elsewhere
 */
export function refusalCode(fault: unknown, otherwise: 'invalid' | 'internal'): ErrorCode {
  if (fault instanceof errors.WorkerClosedError) return 'unavailable';
  if (fault instanceof errors.NotFoundError) return 'notFound';
  return otherwise;
}
