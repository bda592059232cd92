import { type Bytes, concat, readUint32, uint32 } from './bytes.ts';
import { MasterKeyError } from './errors.ts';

/** Bytes of every key that is wrapped. */
export const keyLength = 32;
export const nonceLength = 12;
const tagLength = 16;
const headerLength = 6;
/** Bytes of a wrap (SPEC.md section 2). */
const wrapLength = headerLength + nonceLength + keyLength + tagLength;

const format = 0x01;
export const wrapKinds = { master: 0x01, patient: 0x02 } as const;
export type WrapKind = (typeof wrapKinds)[keyof typeof wrapKinds];

interface WrapParts {
  /** Version of the key that wraps. */
  readonly version: number;
  readonly nonce: Bytes;
  readonly ciphertext: Bytes;
}

export const encodeWrap = (kind: WrapKind, { version, nonce, ciphertext }: WrapParts): Bytes =>
  concat(Uint8Array.of(format, kind), uint32(version), nonce, ciphertext);

/** @throws MasterKeyError `format` */
export function decodeWrap(kind: WrapKind, wrapped: Bytes): WrapParts {
  if (wrapped.length !== wrapLength || wrapped[0] !== format || wrapped[1] !== kind) throw new MasterKeyError('format');
  const body = headerLength + nonceLength;
  return {
    version: readUint32(wrapped, 2),
    nonce: wrapped.slice(headerLength, body),
    ciphertext: wrapped.slice(body),
  };
}

/** Version of the master key that made a wrap. @throws MasterKeyError `format` */
export const wrapVersion = (wrapped: Bytes): number => decodeWrap(wrapKinds.master, wrapped).version;
