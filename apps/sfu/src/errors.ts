import type { ErrorCode } from '@sotto/protocol/errors';
import { errors } from 'mediasoup';

/**
 * What a fault that mediasoup threw means to the caller. Parameters were parsed before, so what a worker still
 * refuses (unknown SSRC, mismatched codec, reused MID) is the client's doing: `invalid`.
 */
export function refusalCode(fault: unknown): ErrorCode {
  if (fault instanceof errors.WorkerClosedError) return 'unavailable';
  if (fault instanceof errors.NotFoundError) return 'notFound';
  if (fault instanceof Error) return 'invalid';
  return 'internal';
}
