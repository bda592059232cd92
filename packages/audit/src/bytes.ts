import { AuditFormatError } from './errors.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Whether these bytes stand in `bytes` from `at`. */
export function holds(bytes: Uint8Array, at: number, these: Uint8Array): boolean {
  for (let i = 0; i < these.length; i += 1) if (bytes[at + i] !== these[i]) return false;
  return true;
}

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
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
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

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** By 12 bits: the two characters that they are. */
const pairs = Array.from({ length: 4096 }, (_, bits) => alphabet.charAt(bits >> 6) + alphabet.charAt(bits & 63));
/** By byte; 64 for what isn't in the alphabet. */
const values = Uint8Array.from({ length: 256 }, (_, code) => {
  const value = alphabet.indexOf(String.fromCharCode(code));
  return value === -1 ? 64 : value;
});

/**
 * Base64url without padding (RFC 4648 section 5), as it stands in entries and exports. Written out, because a log's
 * verifier does it a million times and the platform's `btoa` takes several times as long.
 */
export function toBase64url(bytes: Uint8Array): string {
  const rest = bytes.length % 3;
  const whole = bytes.length - rest;
  let text = '';
  for (let i = 0; i < whole; i += 3) {
    const bits = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += (pairs[bits >> 12] ?? '') + (pairs[bits & 4095] ?? '');
  }
  if (rest === 0) return text;
  const bits = ((bytes[whole] ?? 0) << 16) | ((bytes[whole + 1] ?? 0) << 8);
  return text + (pairs[bits >> 12] ?? '') + (rest === 2 ? alphabet.charAt((bits >> 6) & 63) : '');
}

/** @throws AuditFormatError with the given layer unless it is the one canonical spelling */
export function fromBase64url(text: string, layer: AuditFormatError['code']): Uint8Array<ArrayBuffer> {
  const spelled = encoder.encode(text);
  const rest = spelled.length % 4;
  const bytes = new Uint8Array(((spelled.length - rest) / 4) * 3 + Math.max(rest - 1, 0));
  if (rest === 1 || !decodeBase64url(spelled, 0, spelled.length, bytes, 0)) {
    throw new AuditFormatError(layer, 'not canonical base64url');
  }
  return bytes;
}

/**
 * Decodes `length` characters that stand at `from`, into `into` at `at`; their number leaves no remainder of 1 by 4.
 *
 * @returns whether it is base64url and the one canonical spelling: otherwise what was written means nothing
 */
export function decodeBase64url(
  spelled: Uint8Array,
  from: number,
  length: number,
  into: Uint8Array,
  at: number,
): boolean {
  const rest = length % 4;
  const whole = from + length - rest;
  // Any bit above the 6 of a character in the alphabet.
  let strange = 0;
  let to = at;
  for (let i = from; i < whole; i += 4) {
    const a = values[spelled[i] ?? 0] ?? 64;
    const b = values[spelled[i + 1] ?? 0] ?? 64;
    const c = values[spelled[i + 2] ?? 0] ?? 64;
    const d = values[spelled[i + 3] ?? 0] ?? 64;
    strange |= a | b | c | d;
    into[to] = (a << 2) | (b >> 4);
    into[to + 1] = (b << 4) | (c >> 2);
    into[to + 2] = (c << 6) | d;
    to += 3;
  }
  if (rest > 1) {
    const a = values[spelled[whole] ?? 0] ?? 64;
    const b = values[spelled[whole + 1] ?? 0] ?? 64;
    const c = rest === 3 ? (values[spelled[whole + 2] ?? 0] ?? 64) : 0;
    strange |= a | b | c;
    into[to] = (a << 2) | (b >> 4);
    if (rest === 3) into[to + 1] = (b << 4) | (c >> 2);
    // What is left over must be nothing: otherwise two texts would mean the same bytes.
    if ((rest === 2 ? b & 15 : c & 3) !== 0) return false;
  }
  return strange < 64;
}
