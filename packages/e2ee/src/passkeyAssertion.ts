import type { PasskeyAssertion } from '@sotto/protocol/keystore';
import {
  type AssertionClientData,
  assertionClientData,
  authenticatorDataLength,
  authenticatorFlags as flag,
  rawSignature,
} from '@sotto/protocol/webauthn';
import { concat, fromBase64url, sameOctets, sha256, toBase64url } from './octets.ts';

/** Which check of WebAuthn section 7.2 failed. */
export type AssertionFault =
  | 'malformed'
  | 'challenge'
  | 'origin'
  | 'rpId'
  | 'userPresence'
  | 'userVerification'
  | 'backupState'
  | 'signature';

export interface ExpectedAssertion {
  challenge: Uint8Array;
  /** A host name, without port. */
  rpId: string;
  /** ES256, `04 ‖ X ‖ Y`. */
  publicKey: Uint8Array<ArrayBuffer>;
}

/**
 * Verifies an assertion (WebAuthn level 3 section 7.2), user verification required. The signature counter says nothing
 * here: a browser remembers none.
 *
 * @returns the first check that fails, or null
 */
export async function judgeAssertion(
  given: PasskeyAssertion,
  { challenge, rpId, publicKey }: ExpectedAssertion,
): Promise<AssertionFault | null> {
  const [data, clientOctets, der] = [given.authenticatorData, given.clientDataJSON, given.signature].map(octetsOf);
  const client = clientOctets ? parseClientData(clientOctets) : null;
  const signature = der ? rawSignature(der) : null;
  if (!data || !clientOctets || client === null || signature === null) return 'malformed';
  const flags = data[32] ?? 0;
  const has = (bit: number): boolean => (flags & bit) !== 0;
  // Something follows the counter if extensions are announced, and only then.
  if (data.length < authenticatorDataLength || has(flag.extensions) !== data.length > authenticatorDataLength)
    return 'malformed';
  if (client.challenge !== toBase64url(challenge)) return 'challenge';
  const isEmbedded = client.crossOrigin === true || client.topOrigin !== undefined;
  if (isEmbedded || !isOriginOf(client.origin, rpId)) return 'origin';
  if (!sameOctets(data.subarray(0, 32), await sha256(new TextEncoder().encode(rpId)))) return 'rpId';
  if (!has(flag.userPresent)) return 'userPresence';
  if (!has(flag.userVerified)) return 'userVerification';
  if (has(flag.backedUp) && !has(flag.backupEligible)) return 'backupState';
  const isSigned = await verifies(publicKey, signature, concat(data, await sha256(clientOctets)));
  return isSigned ? null : 'signature';
}

/** Whether a page of this origin may ask a passkey of this rpId at all: over TLS, of the same host or one below. */
function isOriginOf(origin: string, rpId: string): boolean {
  const host = /^https:\/\/([a-z\d.-]+)(?::\d{1,5})?$/.exec(origin)?.[1];
  return host !== undefined && (host === rpId || host.endsWith(`.${rpId}`));
}

async function verifies(
  publicKey: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  try {
    const key = await crypto.subtle.importKey('raw', publicKey, algorithm, false, ['verify']);
    return await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, signed);
  } catch {
    // A key that is none has signed nothing.
    return false;
  }
}

/** Null unless the text is the one spelling of some octets. */
function octetsOf(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const octets = fromBase64url(text);
    return toBase64url(octets) === text ? octets : null;
  } catch {
    return null;
  }
}

function parseClientData(octets: Uint8Array): AssertionClientData | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
    return assertionClientData.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
