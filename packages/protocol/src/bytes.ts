import * as z from 'zod';

/**
 * Binary in a Socket.IO message: Buffer in Node, ArrayBuffer in a browser, always a plain `Uint8Array` after
 * parsing. Capped before anything looks inside.
 *
 * @param max largest accepted size in bytes
 */
export const bytes = (max: number) =>
  z
    .union([z.instanceof(Uint8Array), z.instanceof(ArrayBuffer)])
    .refine((value) => value.byteLength > 0 && value.byteLength <= max)
    .transform((value) =>
      value instanceof ArrayBuffer
        ? new Uint8Array(value)
        : new Uint8Array(value.buffer, value.byteOffset, value.byteLength),
    );

/** Joins byte strings into a new one. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

const alphabet = /^[A-Za-z0-9_-]+$/;

/** Unpadded base64url text of exactly `length` characters (RFC 4648 section 5). */
export const base64url = (length: number) => z.string().length(length).regex(alphabet);

/** Unpadded base64url text of at most `max` characters. */
export const base64urlUpTo = (max: number) => z.string().min(1).max(max).regex(alphabet);
