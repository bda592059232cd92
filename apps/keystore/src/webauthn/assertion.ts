import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { ChallengeLabel, PasskeyAssertion } from '@sotto/protocol/keystore';
import * as z from 'zod';
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
export type AssertionFault =
  | 'format'
  | 'type'
  | 'challenge'
  | 'origin'
  | 'rpId'
  | 'userPresence'
  | 'userVerification'
  | 'backupState'
  | 'counter'
  | 'signature';

export type AssertionVerdict =
  | { readonly tag: 'valid'; readonly counter: number }
  | { readonly tag: 'invalid'; readonly fault: AssertionFault };

const flag = { userPresent: 0x01, userVerified: 0x04, backupEligible: 0x08, backedUp: 0x10, extensions: 0xc0 } as const;
/** rpIdHash, flags, counter (WebAuthn section 6.1). */
const fixedLength = 37;

/** Browsers add members of their own, random ones too (WebAuthn section 5.8.1): parsed, never compared as text. */
const clientData = z.looseObject({
  type: z.string(),
  challenge: z.string(),
  origin: z.string(),
  crossOrigin: z.boolean().optional(),
  topOrigin: z.string().optional(),
});

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
  const client = parseClientData(clientBytes);
  const flags = data[32] ?? 0;
  const has = (bit: number) => (flags & bit) !== 0;
  // Without extensions nothing follows the counter.
  if (client === null || data.length < fixedLength || (!has(flag.extensions) && data.length !== fixedLength)) {
    return invalid('format');
  }
  if (client.type !== 'webauthn.get') return invalid('type');
  if (client.challenge !== toBase64url(challenge)) return invalid('challenge');
  const isEmbedded = client.crossOrigin === true || client.topOrigin !== undefined;
  if (isEmbedded || !party.origins.includes(client.origin)) return invalid('origin');
  if (toBase64url(data.subarray(0, 32)) !== toBase64url(sha256(utf8(party.rpId)))) return invalid('rpId');
  if (!has(flag.userPresent)) return invalid('userPresence');
  if (!has(flag.userVerified)) return invalid('userVerification');
  if (has(flag.backedUp) && !has(flag.backupEligible)) return invalid('backupState');
  const publicKey = importKey(key.publicKey);
  const signed = concat(data, sha256(clientBytes));
  if (publicKey === null || !verify('sha256', signed, publicKey, fromBase64url(given.signature))) {
    return invalid('signature');
  }
  const counter = readUint32(data, 33);
  // Zero for ever: an authenticator that doesn't count (synced passkeys).
  if ((counter !== 0 || key.counter !== 0) && counter <= key.counter) return invalid('counter');
  return { tag: 'valid', counter };
}

function parseClientData(bytes: Bytes): z.infer<typeof clientData> | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return clientData.parse(JSON.parse(text));
  } catch {
    return null;
  }
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
