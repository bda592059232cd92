import type { PasskeyAssertion } from '@sotto/protocol/keystore';
import { type AssertionDataFault, judgeAssertionData, rawSignature } from '@sotto/protocol/webauthn';
import { concat, fromBase64url, sha256, toBase64url } from './octets.ts';

/** Which check of WebAuthn section 7.2 failed. */
export type AssertionFault = Exclude<AssertionDataFault, 'type'> | 'signature';

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
  const signature = der ? rawSignature(der) : null;
  if (!data || !clientOctets || signature === null) return 'malformed';
  const fault = judgeAssertionData(data, clientOctets, {
    challenge: toBase64url(challenge),
    rpIdHash: await sha256(new TextEncoder().encode(rpId)),
    isOrigin: (origin) => isOriginOf(origin, rpId),
  });
  if (fault !== null) return fault === 'type' ? 'malformed' : fault;
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
