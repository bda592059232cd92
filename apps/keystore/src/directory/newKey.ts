import { createPublicKey, verify } from 'node:crypto';
import type { ClinicId } from '@sotto/protocol/ids';
import { challengeLabels, type Enrolment, type ProvenEnrolment } from '@sotto/protocol/keystore';
import { challengeOf, type RelyingParty, verifyAssertion } from '@sotto/service/assertion';
import { type Bytes, canonicalJson, fromBase64url, sha256, toBase64url } from '../bytes.ts';
import { comparedDigits } from '../comparedDigits.ts';

/** How long an enrolment waits for those who sign for it, and how far its clock may be ahead of ours. */
export const enrolmentLifeMs = 7 * 24 * 60 * 60_000;
const aheadMs = 5 * 60_000;

/** What the new key signs, and what its check code is of. */
export const hashEnrolment = (enrolment: Enrolment): Bytes =>
  challengeOf(challengeLabels.enrolment, canonicalJson(enrolment));

/** What two people compare before one signs for the other's key (SPEC.md section 6). */
export const checkCodeOf = (enrolment: Enrolment): string => comparedDigits(hashEnrolment(enrolment));

export type NewKeyVerdict =
  /** `counter` is a passkey's signature counter; 0 for a recovery code. */
  | { readonly tag: 'proven'; readonly counter: number }
  | { readonly tag: 'refused'; readonly code: 'assertion' | 'expired' };

/** Whether a new key asks for itself, here, and not too long ago. Says nothing of whose it is. */
export function verifyNewKey(
  { enrolment, proof }: ProvenEnrolment,
  { clinic, party, now }: { clinic: ClinicId; party: RelyingParty; now: Date },
): NewKeyVerdict {
  const sinceMs = now.getTime() - Date.parse(enrolment.requestedAt);
  if (sinceMs > enrolmentLifeMs || sinceMs < -aheadMs) return { tag: 'refused', code: 'expired' };
  const { entry } = enrolment;
  const refused = { tag: 'refused', code: 'assertion' } as const;
  if (enrolment.clinic !== clinic || proof.credential !== entry.credential) return refused;
  const publicKey = fromBase64url(entry.publicKey);
  const challenge = hashEnrolment(enrolment);
  if ('kind' in entry && entry.kind === 'recoveryCode') {
    const isItsOwn = entry.credential === toBase64url(sha256(publicKey)) && !('authenticatorData' in proof);
    return isItsOwn && isEd25519Signature(publicKey, challenge, proof.signature)
      ? { tag: 'proven', counter: 0 }
      : refused;
  }
  if (!('authenticatorData' in proof)) return refused;
  const verdict = verifyAssertion(proof, { challenge, party, key: { publicKey, counter: 0 } });
  return verdict.tag === 'valid' ? { tag: 'proven', counter: verdict.counter } : refused;
}

/** Whether an Ed25519 key, such as a recovery code's or a leaf's, signed this. @param publicKey raw */
export function isEd25519Signature(publicKey: Bytes, signed: Bytes, signature: string): boolean {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: toBase64url(publicKey) }, format: 'jwk' });
    return verify(null, signed, key, fromBase64url(signature));
  } catch {
    return false;
  }
}
