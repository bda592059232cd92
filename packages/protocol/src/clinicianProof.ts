import * as z from 'zod';
import { base64url } from './bytes.ts';
import { clinicId, leafThumbprint, visitId } from './ids.ts';
import { challengeLabels, instant, passkeyAssertion } from './keystore.ts';

/**
 * What a clinician's passkey signs about the leaf key of one visit (packages/e2ee/SPEC.md section 2.1): the challenge
 * is SHA-256(`challengeLabels.leaf` ‖ RFC 8785 of this).
 */
export const leafClaim = z.strictObject({
  type: z.literal(challengeLabels.leaf),
  clinic: clinicId,
  visit: visitId,
  leaf: leafThumbprint,
  /** The passkey answers for the leaf until then. */
  expiry: instant,
});
export type LeafClaim = z.infer<typeof leafClaim>;

/** Its canonical form (RFC 8785): its members are ASCII without escapes, so sorted JSON is enough. */
export const leafClaimOctets = ({ clinic, expiry, leaf, type, visit }: LeafClaim): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(JSON.stringify({ clinic, expiry, leaf, type, visit }));

/** A passkey answers for a leaf no longer than for this. */
export const leafClaimLifetimeSeconds = 12 * 3600;

/** That a leaf is a clinician's: the keystore's word for the passkey, and the passkey's for the leaf. */
export const clinicianProof = z.strictObject({
  /** The directory's entry as the keystore signed it: `payload` is the very RFC 8785 text of a `clinicianStatement`'s. */
  entry: z.strictObject({ payload: z.string().min(2).max(3072), signature: base64url(86) }),
  /** Of the `leafClaim`; the rest of it each reader knows. */
  expiry: instant,
  assertion: passkeyAssertion,
});
export type ClinicianProof = z.infer<typeof clinicianProof>;
