import type { PasskeyAssertion } from '@sotto/protocol/keystore';
import * as z from 'zod';
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

const flag = { userPresent: 0x01, userVerified: 0x04, backupEligible: 0x08, backedUp: 0x10, extensions: 0xc0 } as const;
/** rpIdHash, flags, counter (WebAuthn section 6.1). */
const fixedLength = 37;
const rawSignatureLength = 64;

/** Browsers add members of their own, random ones too (WebAuthn section 5.8.1): parsed, never compared as text. */
const clientData = z.looseObject({
  type: z.literal('webauthn.get'),
  challenge: z.string(),
  origin: z.string(),
  crossOrigin: z.boolean().optional(),
  topOrigin: z.string().optional(),
});

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
  if (data.length < fixedLength || has(flag.extensions) !== data.length > fixedLength) return 'malformed';
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

function parseClientData(octets: Uint8Array): z.infer<typeof clientData> | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
    return clientData.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/**
 * `r ‖ s` of an ECDSA-Sig-Value in DER: a SEQUENCE of two INTEGERs, each minimal (X.690 section 8.3.2), not negative and
 * at most 32 octets. Null for anything else.
 */
function rawSignature(der: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const raw = new Uint8Array(rawSignatureLength);
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return null;
  let offset = 2;
  for (const end of [32, 64]) {
    const length = der[offset + 1] ?? 0;
    const value = der.subarray(offset + 2, offset + 2 + length);
    if (der[offset] !== 0x02 || length === 0 || value.length !== length) return null;
    const [first = 0, second = 0] = value;
    const isPadded = first === 0 && length > 1;
    if (first >= 0x80 || (isPadded && second < 0x80)) return null;
    const digits = isPadded ? value.subarray(1) : value;
    if (digits.length > 32) return null;
    raw.set(digits, end - digits.length);
    offset += 2 + length;
  }
  return offset === der.length ? raw : null;
}
