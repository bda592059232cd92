import { type Bytes, sha256 } from './bytes.ts';
import type { ManifestSigner } from './signature.ts';
import { type Assertion, encodeAssertion } from './webauthn.ts';

/**
 * A manifest signer that is a passkey (ES256).
 *
 * @param publicKey the credential's, `04 ‖ X ‖ Y`
 * @param assert asks the passkey, with user verification, to sign this 32-byte challenge
 */
export const passkeySigner = (publicKey: Bytes, assert: (challenge: Bytes) => Promise<Assertion>): ManifestSigner => ({
  algorithm: 'WebAuthn',
  publicKey,
  sign: async (message) => encodeAssertion(await assert(await sha256(message))),
});
