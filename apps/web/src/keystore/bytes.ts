import { concat } from '@sotto/protocol/bytes';
import canonicalize from 'canonicalize';

/** Bytes that WebCrypto takes: never a view of shared memory. */
export type Bytes = Uint8Array<ArrayBuffer>;

export { concat };

const encoder = new TextEncoder();

export const utf8 = (text: string): Bytes => encoder.encode(text);

/** Unpadded base64url (RFC 4648 section 5). */
export function toBase64url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Null unless the text is the one spelling of some bytes. */
export function fromBase64url(text: string): Bytes | null {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
    return toBase64url(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}

export const sha256 = async (bytes: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

/**
 * The one JSON text of RFC 8785: two values have the same one only if they are the same in every member.
 *
 * @throws TypeError for what JSON can't say
 */
export function canonicalText(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('not JSON');
  return text;
}

/**
 * The same in UTF-8: what is hashed and signed.
 *
 * @throws TypeError for what JSON can't say
 */
export const canonicalJson = (value: unknown): Bytes => utf8(canonicalText(value));

/** SHA-256 of the canonical text in base64url: what the log has of a statement. */
export const canonicalHash = async (value: unknown): Promise<string> => toBase64url(await sha256(canonicalJson(value)));

/** 128 random bits: a request's id. */
export const randomId = (): string => toBase64url(crypto.getRandomValues(new Uint8Array(16)));
