import type { CodeAssertion, PasskeyAssertion } from '@sotto/protocol/keystore';
import { type RelyingParty, verifyAssertion } from '@sotto/service/assertion';
import type { Bytes } from '../bytes.ts';
import { isEd25519Signature } from './newKey.ts';
import type { PatientCredential } from './patientCredential.ts';

/**
 * Whether a patient's key signed a challenge, whether it counts or not.
 *
 * @returns its counter, which the caller moves on; 0 of a recovery code. Null if it didn't sign
 */
export function patientSignature(
  key: PatientCredential,
  assertion: PasskeyAssertion | CodeAssertion,
  { challenge, party }: { readonly challenge: Bytes; readonly party: RelyingParty },
): number | null {
  const isByPasskey = 'authenticatorData' in assertion;
  if (isByPasskey !== (key.entry.kind === 'passkey')) return null;
  if (!isByPasskey) return isEd25519Signature(key.publicKey, challenge, assertion.signature) ? 0 : null;
  const verdict = verifyAssertion(assertion, { challenge, party, key });
  return verdict.tag === 'valid' ? verdict.counter : null;
}
