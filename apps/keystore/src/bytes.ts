import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { DefectError } from './errors.ts';

/** Bytes that WebCrypto takes: a view of an `ArrayBuffer`, never of shared memory. */
export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

export const utf8 = (text: string): Bytes => encoder.encode(text);

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** A copy with a buffer of its own: Node's small Buffers share one. */
export const copy = (bytes: Uint8Array): Bytes => new Uint8Array(bytes);

/** The bytes of what WebCrypto's callers may hand in; not a copy. */
export const bytesOf = (given: ArrayBufferLike | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(given) ? new Uint8Array(given.buffer, given.byteOffset, given.byteLength) : new Uint8Array(given);

export function uint32(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

export const readUint32 = (bytes: Uint8Array, offset: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset);

/** Unpadded base64url (RFC 4648 section 5). */
export const toBase64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

/** What a schema has already checked to be base64url. */
export const fromBase64url = (text: string): Bytes => copy(Buffer.from(text, 'base64url'));

export const sha256 = (...parts: readonly Uint8Array[]): Bytes => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return copy(hash.digest());
};

/** RFC 8785 in UTF-8 (SPEC.md's JCS). @throws DefectError for what JSON has no form for */
export function canonicalJson(value: unknown): Bytes {
  const text = canonicalize(value);
  if (text === undefined) throw new DefectError('not JSON');
  return utf8(text);
}
