import * as z from 'zod';

/**
 * The bytes of a passkey's assertion (WebAuthn level 3), the same for everybody who checks one. What has to stand in them
 * is for each to judge.
 */

/** rpIdHash, flags, counter (section 6.1); extensions may follow. */
export const authenticatorDataLength = 37;

/** Octet 32 of authenticator data (section 6.1). `extensions`: credential data or extensions follow the counter. */
export const authenticatorFlags = {
  userPresent: 0x01,
  userVerified: 0x04,
  backupEligible: 0x08,
  backedUp: 0x10,
  extensions: 0xc0,
} as const;

/** Browsers add members of their own, random ones too (section 5.8.1): parsed, never compared as text. */
export const assertionClientData = z.looseObject({
  type: z.literal('webauthn.get'),
  challenge: z.string(),
  origin: z.string(),
  crossOrigin: z.boolean().optional(),
  topOrigin: z.string().optional(),
});
export type AssertionClientData = z.infer<typeof assertionClientData>;

/** Which check of section 7.2 failed that needs no key. */
export type AssertionDataFault =
  | 'malformed'
  | 'type'
  | 'challenge'
  | 'origin'
  | 'rpId'
  | 'userPresence'
  | 'userVerification'
  | 'backupState';

/** What an assertion has to be about. */
export interface AssertionSubject {
  /** In base64url, without padding. */
  readonly challenge: string;
  /** SHA-256 of the rpId. */
  readonly rpIdHash: Uint8Array;
  /** Whether a page of this origin may ask. None may in another site's frame. */
  readonly isOrigin: (origin: string) => boolean;
}

/**
 * All checks of section 7.2 that need no key and no memory, user presence and verification required. Whose signature it is,
 * over the authenticator data and the hash of the client data, and how its counter went on, is the caller's to check.
 *
 * @returns the first that fails, in the order of the faults above; null if none does
 */
export function judgeAssertionData(
  authenticatorData: Uint8Array,
  clientDataJSON: Uint8Array,
  { challenge, rpIdHash, isOrigin }: AssertionSubject,
): AssertionDataFault | null {
  const client = parseClientData(clientDataJSON);
  const flags = authenticatorData[32] ?? 0;
  const has = (bit: number): boolean => (flags & bit) !== 0;
  // Something follows the counter if extensions are announced, and only then.
  const isWhole =
    authenticatorData.length >= authenticatorDataLength &&
    has(authenticatorFlags.extensions) === authenticatorData.length > authenticatorDataLength;
  if (client === null || !isWhole) return 'malformed';
  if (client.type !== 'webauthn.get') return 'type';
  if (client.challenge !== challenge) return 'challenge';
  const isEmbedded = client.crossOrigin === true || client.topOrigin !== undefined;
  if (isEmbedded || !isOrigin(client.origin)) return 'origin';
  if (rpIdHash.length !== 32 || rpIdHash.some((octet, index) => octet !== authenticatorData[index])) return 'rpId';
  if (!has(authenticatorFlags.userPresent)) return 'userPresence';
  if (!has(authenticatorFlags.userVerified)) return 'userVerification';
  if (has(authenticatorFlags.backedUp) && !has(authenticatorFlags.backupEligible)) return 'backupState';
  return null;
}

const anyClientData = assertionClientData.extend({ type: z.string() });

function parseClientData(octets: Uint8Array): z.infer<typeof anyClientData> | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(new Uint8Array(octets));
    return anyClientData.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** `r ‖ s` of ES256. */
export const rawSignatureLength = 64;

/**
 * `r ‖ s` of an ECDSA-Sig-Value in DER: a SEQUENCE of two INTEGERs, each minimal (X.690 section 8.3.2), not negative and
 * at most 32 octets. Null for anything else.
 */
export function rawSignature(der: Uint8Array): Uint8Array<ArrayBuffer> | null {
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
