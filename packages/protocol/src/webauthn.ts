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
