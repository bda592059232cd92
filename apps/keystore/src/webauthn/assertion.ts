import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { ChallengeLabel, PasskeyAssertion } from '@sotto/protocol/keystore';
import { type AssertionDataFault, authenticatorDataLength, judgeAssertionData } from '@sotto/protocol/webauthn';
import { type Bytes, concat, fromBase64url, readUint32, sha256, toBase64url, utf8 } from '../bytes.ts';

/** Where assertions may come from. */
export interface RelyingParty {
  /** A host name, without port. */
  readonly rpId: string;
  /** `https://host[:port]`. */
  readonly origins: readonly string[];
}

/** What is known of a passkey here. */
export interface RegisteredKey {
  /** ES256, `04 ‖ X ‖ Y`. */
  readonly publicKey: Bytes;
  /** The signature counter of its last assertion. */
  readonly counter: number;
}

/** Which check of WebAuthn section 7.2 failed. */
export type AssertionFault = Exclude<AssertionDataFault, 'malformed'> | 'format' | 'counter' | 'signature';

export type AssertionVerdict =
  | { readonly tag: 'valid'; readonly counter: number }
  | { readonly tag: 'invalid'; readonly fault: AssertionFault };

/** `H(label ‖ JCS(act))`: the challenge, and what names the act ever after. @param canonical JCS of the act */
export const challengeOf = (label: ChallengeLabel, canonical: Bytes): Bytes => sha256(utf8(label), canonical);

/**
 * Verifies an assertion (WebAuthn level 3 section 7.2), user verification required. Says nothing of whose passkey it
 * is: the caller looked it up, and moves its counter on.
 */
export function verifyAssertion(
  given: PasskeyAssertion,
  { challenge, party, key }: { challenge: Bytes; party: RelyingParty; key: RegisteredKey },
): AssertionVerdict {
  const invalid = (fault: AssertionFault): AssertionVerdict => ({ tag: 'invalid', fault });
  const clientBytes = fromBase64url(given.clientDataJSON);
  const data = fromBase64url(given.authenticatorData);
  const fault = judgeAssertionData(data, clientBytes, {
    challenge: toBase64url(challenge),
    rpIdHash: sha256(utf8(party.rpId)),
    isOrigin: (origin) => party.origins.includes(origin),
  });
  if (fault !== null) return invalid(fault === 'malformed' ? 'format' : fault);
  const publicKey = importKey(key.publicKey);
  const signed = concat(data, sha256(clientBytes));
  if (publicKey === null || !verify('sha256', signed, publicKey, fromBase64url(given.signature))) {
    return invalid('signature');
  }
  const counter = readUint32(data, authenticatorDataLength - 4);
  // Zero for ever: an authenticator that doesn't count (synced passkeys).
  if ((counter !== 0 || key.counter !== 0) && counter <= key.counter) return invalid('counter');
  return { tag: 'valid', counter };
}

/** Null if it isn't a point of P-256. @param point `04 ‖ X ‖ Y` */
function importKey(point: Bytes): KeyObject | null {
  if (point.length !== 65 || point[0] !== 0x04) return null;
  const x = toBase64url(point.subarray(1, 33));
  const y = toBase64url(point.subarray(33));
  try {
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  } catch {
    return null;
  }
}
