import * as z from 'zod';
import { clinicId, patientId, sessionId, visitId } from './ids.ts';
import { challengeLabels, codeAssertion, credentialId, instant, nonce, passkeyAssertion } from './keystore.ts';
import { relayed } from './keystoreRoutes.ts';
import { device } from './signIn.ts';

/**
 * How a patient signs in to their own page without a visit's link: by a key that the keystore knows as theirs
 * (apps/keystore/SPEC.md section 6.1). Client ↔ api:
 *
 * | route | session | request | answer |
 * |---|---|---|---|
 * | `POST /api/portal/session/options` | — | — | 201 `nonceGrant` |
 * | `POST /api/portal/session` | — | `patientSignIn` | `patientSession` and the patient cookie; `unauthenticated` for every key that doesn't count, `wrongState` for one that counts only later |
 * | `GET /api/portal/session` | visit, patient | — | `patientSession` |
 * | `POST /api/portal/session/activity` | (patient) | `activityReport` | `patientSession` |
 * | `DELETE /api/portal/session` | (patient) | — | 204; also without a session |
 * | `GET /api/portal/sessions` | visit, patient | — | `patientSessions` |
 * | `DELETE /api/portal/sessions/:sessionId` | visit, patient | — | 204; `notFound` for another's, and one that is over |
 */
const time = z.iso.datetime({ offset: true });

/** What a patient's key signs to sign in (`challengeLabels.patientSignIn`), and nothing else: it opens nothing. */
export const patientSignInStatement = z.strictObject({
  type: z.literal(challengeLabels.patientSignIn),
  clinic: clinicId,
  /** The keystore's, for the clinic: nobody has said yet who they are. */
  nonce,
  /** Of the page; of a passkey the browser says it too. A recovery code's key has nothing else that binds it to a site. */
  origin: z
    .string()
    .max(267)
    .regex(/^https:\/\/[^/?#\s]+$/),
  expiry: instant,
});
export type PatientSignInStatement = z.infer<typeof patientSignInStatement>;

export const patientSignIn = z.strictObject({
  statement: patientSignInStatement,
  assertion: z.union([passkeyAssertion, codeAssertion]),
});
export type PatientSignIn = z.infer<typeof patientSignIn>;

/** `POST /v1/patient-sign-ins`, api ↔ keystore. Nonces for it: `POST /v1/patient-sign-ins/nonces`, 201 `nonceGrant`. */
export const patientSignInCall = z.strictObject({
  ...patientSignIn.shape,
  relayed: relayed.pick({ address: true, userAgent: true }),
});
export type PatientSignInCall = z.infer<typeof patientSignInCall>;

const keyKind = z.enum(['passkey', 'recoveryCode']);

/** Whose key signed. */
export const patientSignInAnswer = z.strictObject({ pseudonym: patientId, kind: keyKind, credential: credentialId });
export type PatientSignInAnswer = z.infer<typeof patientSignInAnswer>;

/** Who reads their own page, and until when. */
export const patientSession = z.strictObject({
  patient: patientId,
  /** Whose link was opened in this browser; null where the patient signed in by a key of their own. */
  visit: visitId.nullable(),
  /** When a session that a key began ends; null for a visit's, which lives as long as its link. */
  ends: z
    .strictObject({
      /** After so long without anybody doing anything on the page. */
      idleSeconds: z.int().min(1),
      /** How much of that is left. */
      idleLeftSeconds: z.int().min(0),
      /** At the latest. */
      at: time,
    })
    .nullable(),
});
export type PatientSession = z.infer<typeof patientSession>;

export const maxPatientSessions = 20;
/** Where the patient is signed in by a key of theirs, the newest first. */
export const patientSessions = z.strictObject({
  sessions: z
    .array(
      z.strictObject({
        id: sessionId,
        device,
        address: z.string().max(45).nullable(),
        kind: keyKind,
        beganAt: time,
        /** Whether it is the one that asks. */
        isThis: z.boolean(),
      }),
    )
    .max(maxPatientSessions),
});
export type PatientSessions = z.infer<typeof patientSessions>;
