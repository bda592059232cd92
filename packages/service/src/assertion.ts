import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { ChallengeLabel, PasskeyAssertion } from '@sotto/protocol/keystore';
import { type AssertionDataFault, authenticatorDataLength, judgeAssertionData } from '@sotto/protocol/webauthn';

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
  readonly publicKey: Uint8Array;
  /** The signature counter of its last assertion. */
  readonly counter: number;
}

/** Which check of WebAuthn section 7.2 failed. */
export type AssertionFault = Exclude<AssertionDataFault, 'malformed'> | 'format' | 'counter' | 'signature';

export type AssertionVerdict =
  | { readonly tag: 'valid'; readonly counter: number }
  | { readonly tag: 'invalid'; readonly fault: AssertionFault };

function sha256(...parts: readonly (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** `H(label ‖ JCS(act))`: the challenge, and what names the act ever after. @param canonical JCS of the act */
export const challengeOf = (label: ChallengeLabel, canonical: string | Uint8Array): Uint8Array<ArrayBuffer> =>
  sha256(label, canonical);

/**
 * Verifies an assertion (WebAuthn level 3 section 7.2), user verification required. Says nothing of whose passkey it
 * is: the caller looked it up, and moves its counter on.
 */
export function verifyAssertion(
  given: PasskeyAssertion,
  { challenge, party, key }: { challenge: Uint8Array; party: RelyingParty; key: RegisteredKey },
): AssertionVerdict {
  const invalid = (fault: AssertionFault): AssertionVerdict => ({ tag: 'invalid', fault });
  const clientBytes = Buffer.from(given.clientDataJSON, 'base64url');
  const data = Buffer.from(given.authenticatorData, 'base64url');
  const fault = judgeAssertionData(data, clientBytes, {
    challenge: Buffer.from(challenge).toString('base64url'),
    rpIdHash: sha256(party.rpId),
    isOrigin: (origin) => party.origins.includes(origin),
  });
  if (fault !== null) return invalid(fault === 'malformed' ? 'format' : fault);
  const publicKey = importKey(key.publicKey);
  const signed = Buffer.concat([data, sha256(clientBytes)]);
  if (publicKey === null || !verify('sha256', signed, publicKey, Buffer.from(given.signature, 'base64url'))) {
    return invalid('signature');
  }
  const counter = data.readUInt32BE(authenticatorDataLength - 4);
  // Zero for ever: an authenticator that doesn't count (synced passkeys).
  if ((counter !== 0 || key.counter !== 0) && counter <= key.counter) return invalid('counter');
  return { tag: 'valid', counter };
}

/** Null if it isn't a point of P-256. @param point `04 ‖ X ‖ Y` */
function importKey(point: Uint8Array): KeyObject | null {
  if (point.length !== 65 || point[0] !== 0x04) return null;
  const half = (from: number, to: number) => Buffer.from(point.subarray(from, to)).toString('base64url');
  try {
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: half(1, 33), y: half(33, 65) }, format: 'jwk' });
  } catch {
    return null;
  }
}
