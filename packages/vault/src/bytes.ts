import { concat } from '@sotto/protocol/bytes';
import { ArgumentError, type Place } from './errors.ts';

/** Bytes that WebCrypto takes: a view of an `ArrayBuffer`, never of shared memory. */
export type Bytes = Uint8Array<ArrayBuffer>;

export { concat };

const encoder = new TextEncoder();

/** UTF-8 of `text`. */
export const utf8 = (text: string): Bytes => encoder.encode(text);

/** Whether WebCrypto will take these bytes: shared memory could change while it's being sealed. */
export const unshared = (bytes: Uint8Array): bytes is Bytes => bytes.buffer instanceof ArrayBuffer;

/**
 * A copy that nobody else can change while it's in use. Not `slice`: of Node's `Buffer` that is a view.
 *
 * @param most of longer bytes only the first so many are copied
 * @throws ArgumentError at `place` when it isn't bytes, or in shared memory
 */
export const copyOf = (bytes: Uint8Array, place: Place, most = Number.POSITIVE_INFINITY): Bytes => {
  if (!(bytes instanceof Uint8Array) || !unshared(bytes)) throw new ArgumentError(place);
  return new Uint8Array(bytes.subarray(0, most));
};

/** Equality in a time that depends on the lengths alone. */
export const equal = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.byteLength !== b.byteLength) return false;
  let difference = 0;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
};

/** The same of what WebCrypto answers with. */
export const concatBuffers = (parts: readonly ArrayBuffer[]): Bytes =>
  concat(...parts.map((part) => new Uint8Array(part)));

export const view = (bytes: Bytes): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Unpadded base64url (RFC 4648 section 5). */
export const toBase64url = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

export const sha256 = async (...parts: readonly Bytes[]): Promise<Bytes> => {
  const [only] = parts;
  const input = parts.length === 1 && only !== undefined ? only : concat(...parts);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', input));
};
