import { type CodeAssertion, type CredentialId, credentialId } from '@sotto/protocol/keystore';
import { type Bytes, concat, fromBase64url, sha256, toBase64url, utf8 } from '../keystore/bytes.ts';
import { PasskeyFault } from '../keystore/errors.ts';

/** Crockford's base32 (apps/keystore/SPEC.md section 6): no letter that is taken for a digit or another letter. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const bitsEach = 5;
/** 100 bits. */
const length = 20;
const groupLength = 5;

const isCode = /^[0-9A-HJKMNP-TV-Z]{20}$/;

const label = utf8('sotto/keystore/v1 recovery code\0');
/** What stands before the seed in the PKCS #8 of an Ed25519 key (RFC 8410). */
const pkcs8Prefix = Uint8Array.of(
  ...[0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20],
);

/** A new code: 20 characters without separators, each of 5 random bits. */
export function createRecoveryCode(): string {
  const random = crypto.getRandomValues(new Uint8Array(length));
  return [...random].map((byte) => alphabet.charAt(byte >> (8 - bitsEach))).join('');
}

/** A new code with its key. */
export interface NewRecoveryCode {
  readonly code: string;
  readonly key: CodeKey;
}

/**
 * Makes a code and its key, before anybody sees the code: one that gives no key here could never be handed in.
 *
 * @throws PasskeyFault `newCodeUnsupported` in a browser that can't make such a key: there is no code then
 */
export async function makeRecoveryCode(): Promise<NewRecoveryCode> {
  const code = createRecoveryCode();
  try {
    return { code, key: await keyOfCode(code) };
  } catch (fault) {
    const isUnsupported = fault instanceof PasskeyFault && fault.code === 'codeUnsupported';
    throw isUnsupported ? new PasskeyFault('newCodeUnsupported') : fault;
  }
}

/** The code in groups of five, as it is written down. */
export const groupsOf = (code: string): readonly string[] =>
  Array.from({ length: length / groupLength }, (_, at) => code.slice(at * groupLength, (at + 1) * groupLength));

/** What is taken for what: nobody has to tell O from 0. */
const looksLike: Readonly<Record<string, string>> = { O: '0', I: '1', L: '1' };

/** Characters of a code as somebody types them: upper or lower case, with spaces or hyphens. */
export const plainCharacters = (typed: string): string =>
  typed
    .toUpperCase()
    .replaceAll(/[\s-]/g, '')
    .replaceAll(/[OIL]/g, (one) => looksLike[one] ?? one);

/** @returns the code, or null if what was typed can't be one */
export function parseRecoveryCode(typed: string): string | null {
  const code = plainCharacters(typed);
  return isCode.test(code) ? code : null;
}

/** The signing key that a code gives. */
export interface CodeKey {
  /** Ed25519, 32 bytes in base64url. */
  readonly publicKey: string;
  readonly credential: CredentialId;
  readonly sign: (challenge: Bytes) => Promise<CodeAssertion>;
}

/**
 * The key of a code: Ed25519 with the seed SHA-256(label ‖ the 20 characters). 100 random bits need no stretching.
 *
 * @param code of `createRecoveryCode` or `parseRecoveryCode`
 * @throws PasskeyFault `codeUnsupported` in a browser that can't make such a key; whatever else went wrong as it is
 */
export async function keyOfCode(code: string): Promise<CodeKey> {
  const seed = await sha256(concat(label, utf8(code)));
  const pkcs8 = concat(pkcs8Prefix, seed);
  try {
    // Only an extractable key tells its public half.
    const whole = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign']);
    const { x } = await crypto.subtle.exportKey('jwk', whole);
    const raw = x === undefined ? null : fromBase64url(x);
    if (x === undefined || raw === null) throw new PasskeyFault('codeUnsupported');
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']);
    const credential = credentialId.parse(toBase64url(await sha256(raw)));
    return {
      publicKey: x,
      credential,
      sign: async (challenge) => ({
        credential,
        signature: toBase64url(new Uint8Array(await crypto.subtle.sign('Ed25519', key, challenge))),
      }),
    };
  } catch (fault) {
    const isUnsupported = fault instanceof DOMException && fault.name === 'NotSupportedError';
    throw isUnsupported ? new PasskeyFault('codeUnsupported') : fault;
  } finally {
    seed.fill(0);
    pkcs8.fill(0);
  }
}
