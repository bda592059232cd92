import { base64url } from '@sotto/protocol/bytes';
import { clinicId, patientId, staffId } from '@sotto/protocol/ids';
import { objectId } from '@sotto/vault';
import * as z from 'zod';
import { type Bytes, canonicalJson, fromBase64url } from '../bytes.ts';
import { isHpkePublicKey } from '../hpke.ts';
import { nonce, requestId } from '../ids.ts';
import { assertion, challengeLabels, challengeOf } from '../webauthn/assertion.ts';

/** Why somebody may want to open what is sealed: the purposes of use that policy and log know. */
const purposes = {
  treatment: 'treatment',
  payment: 'payment',
  operations: 'operations',
  patientRequest: 'patientRequest',
  emergency: 'emergency',
} as const;

const maxObjects = 64;

/** Whole seconds in UTC: the one spelling that is signed. */
export const instant = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  // No 30th of February: the platform would take it for the 2nd of March.
  .refine((text) => {
    const time = Date.parse(text);
    return !Number.isNaN(time) && new Date(time).toISOString() === text.replace('Z', '.000Z');
  });

/** What a viewer's passkey signs (SPEC.md section 5). */
export const releaseRequest = z.strictObject({
  type: z.literal('sotto/release/v1'),
  id: requestId,
  nonce,
  clinic: clinicId,
  user: staffId,
  objects: z
    .array(objectId)
    .min(1)
    .max(maxObjects)
    .refine((list) => list.every((id, index) => index === 0 || (list[index - 1] ?? '') < id)),
  purpose: z.enum(purposes),
  /** Overrides relationship, address and time; a code, never free text. */
  breakGlass: z
    .string()
    .regex(/^[a-zA-Z]{1,32}$/)
    .nullable(),
  viewerKey: base64url(1622).refine((text) => isHpkePublicKey(fromBase64url(text))),
  expiry: instant,
});
export type ReleaseRequest = z.infer<typeof releaseRequest>;

/** What whoever relays a request says of it. Nothing here opens anything by itself: it is told to policy and log. */
const relayed = z.strictObject({
  /** Network address of the viewer. */
  address: z.union([z.ipv4(), z.ipv6()]).nullable(),
  userAgent: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[\x20-\x7e]+$/)
    .nullable(),
  /** Patients for whom the clinic's records have a care relationship with the user. */
  related: z.array(patientId).max(maxObjects),
});

export const releaseCall = z.strictObject({ request: releaseRequest, assertion, relayed });
export type ReleaseCall = z.infer<typeof releaseCall>;

/** The passkey's challenge, and HPKE's `info`. */
export const hashRequest = (request: ReleaseRequest): Bytes =>
  challengeOf(challengeLabels.release, canonicalJson(request));
