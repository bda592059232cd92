import { AuditFormatError } from './errors.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text);

/** @throws AuditFormatError with the given layer if the bytes aren't well-formed UTF-8 */
export function fromUtf8(bytes: Uint8Array, layer: AuditFormatError['code']): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new AuditFormatError(layer, 'not UTF-8');
  }
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Plain comparison: everything compared in this package is public. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Standard base64 with padding (RFC 4648 section 4), as C2SP's notes use it. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/**
 * Accepts only the one canonical spelling of the bytes: two texts never mean the same.
 *
 * @throws AuditFormatError with the given layer
 */
export function fromBase64(text: string, layer: AuditFormatError['code']): Uint8Array<ArrayBuffer> {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw new AuditFormatError(layer, 'not base64');
  }
  const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
  if (toBase64(bytes) !== text) throw new AuditFormatError(layer, 'not canonical base64');
  return bytes;
}

/** Big-endian, 8 bytes. `value` is a safe integer of at least 0. */
export function uint64(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/** Base64url without padding (RFC 4648 section 5), as it stands in entries and exports. */
export const toBase64url = (bytes: Uint8Array): string =>
  toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** @throws AuditFormatError with the given layer unless it is the one canonical spelling */
export function fromBase64url(text: string, layer: AuditFormatError['code']): Uint8Array<ArrayBuffer> {
  if (/[+/=]/.test(text)) throw new AuditFormatError(layer, 'not base64url');
  const padded = text.replaceAll('-', '+').replaceAll('_', '/') + '='.repeat((4 - (text.length % 4)) % 4);
  return fromBase64(padded, layer);
}
