import { type Bytes, sha256 } from './bytes.ts';
import type { ManifestSigner } from './signature.ts';
import { type Assertion, encodeAssertion } from './webauthn.ts';

/** A passkey that may sign, and where. */
export interface Passkey {
  /** The credential's, ES256: `04 ‖ X ‖ Y`. */
  readonly publicKey: Bytes;
  readonly rpId: string;
  /** The pages that may ask it. */
  readonly origins: readonly string[];
}

/**
 * A manifest signer that is a passkey (ES256).
 *
 * @param assert asks the passkey, with user verification, to sign this 32-byte challenge
 */
export const passkeySigner = (
  { publicKey, rpId, origins }: Passkey,
  assert: (challenge: Bytes) => Promise<Assertion>,
): ManifestSigner => ({
  algorithm: 'WebAuthn',
  publicKey,
  rpId,
  origins,
  sign: async (message) => encodeAssertion(await assert(await sha256(message))),
});
