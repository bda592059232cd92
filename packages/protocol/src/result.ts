import * as z from 'zod';
import { type ErrorCode, errorCode } from './errors.ts';

/** The answer to a Socket.IO event: a value, or a typed refusal that says whether and when to retry. */
export type Result<T> = { ok: true; value: T } | { ok: false; code: ErrorCode; retryAfterMs?: number };

export const accepted = <T>(value: T): Result<T> => ({ ok: true, value });

export const refused = (
  code: ErrorCode,
  retryAfterMs?: number,
): { ok: false; code: ErrorCode; retryAfterMs?: number } =>
  retryAfterMs === undefined ? { ok: false, code } : { ok: false, code, retryAfterMs };

/** Schema of an answer whose value has the given schema; strict, so an answer with extra fields is refused too. */
export const resultOf = <S extends z.ZodType>(value: S) =>
  z.discriminatedUnion('ok', [
    z.strictObject({ ok: z.literal(true), value }),
    z.strictObject({ ok: z.literal(false), code: errorCode, retryAfterMs: z.int().nonnegative().optional() }),
  ]);
