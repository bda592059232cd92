import * as z from 'zod';
import { base64url, base64urlUpTo } from './bytes.ts';
import { contained } from './containment.ts';
import { clinicId, objectId, patientId, staffId, visitId } from './ids.ts';

/**
 * What people's keys sign and what the keystore signs (apps/keystore/SPEC.md). A browser makes the first and checks
 * the second; the api between them relays both and can change neither.
 */

/** A release's or an act's id, chosen by who asks: the same id never gets two answers. */
export const requestId = base64url(22).brand<'RequestId'>();
export type RequestId = z.infer<typeof requestId>;

/** 128 random bits that one request may use once, within 60 seconds. */
export const nonce = base64url(22).brand<'Nonce'>();
export type Nonce = z.infer<typeof nonce>;

/** 128 random bits that a browser makes for one reading of the log or of a patient's keys: the answer has them, signed. */
export const readingNonce = base64url(22).brand<'ReadingNonce'>();
export type ReadingNonce = z.infer<typeof readingNonce>;

/** A passkey's credential id (WebAuthn section 5.1), 16 to 1,023 bytes; of a recovery code SHA-256 of its public key. */
export const credentialId = z
  .string()
  .min(16)
  .max(1364)
  .regex(/^[A-Za-z0-9_-]+$/)
  .brand<'CredentialId'>();
export type CredentialId = z.infer<typeof credentialId>;

/** SHA-256 in base64url. */
export const sha256Text = base64url(43);

/** Whole seconds in UTC: the one spelling that is signed. */
export const instant = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  // No 30th of February: the platform would take it for the 2nd of March.
  .refine((text) => {
    const time = Date.parse(text);
    return !Number.isNaN(time) && new Date(time).toISOString() === text.replace('Z', '.000Z');
  });

/** What `navigator.credentials.get` answers with: the members that matter, base64url. */
export const passkeyAssertion = z.strictObject({
  credential: credentialId,
  authenticatorData: base64urlUpTo(2048),
  clientDataJSON: base64urlUpTo(4096),
  /** ASN.1 DER, as WebAuthn has it. */
  signature: base64urlUpTo(128),
});
export type PasskeyAssertion = z.infer<typeof passkeyAssertion>;

/** A signature by the key that a recovery code gives: Ed25519 over the challenge. */
export const codeAssertion = z.strictObject({ credential: credentialId, signature: base64url(86) });
export type CodeAssertion = z.infer<typeof codeAssertion>;

/** Labels of challenges: what was signed as one thing is never taken for the other. */
export const challengeLabels = {
  release: 'sotto/release/v1',
  act: 'sotto/act/v1',
  enrolment: 'sotto/enrolment/v1',
  closing: 'sotto/closing/v1',
  /** A patient signs in to their own page (`patientSignIn.ts`). */
  patientSignIn: 'sotto/patient-sign-in/v1',
  /** Not the keystore's: a visit's members check it (packages/e2ee/SPEC.md section 2.1). */
  leaf: 'sotto/leaf/v1',
  /** Not the keystore's either: the api checks it (SPEC.md section 1). No passkey signs what a server alone has chosen. */
  signIn: 'sotto/sign-in/v1',
} as const;
export type ChallengeLabel = (typeof challengeLabels)[keyof typeof challengeLabels];

// ── who signs ────────────────────────────────────────────────────────────────────────────────────────────────
/** A raw ES256 public key, `04 ‖ X ‖ Y`. That it is on the curve is the keystore's to check. */
const passkeyPublicKey = base64url(87);

/** What a member of staff may be in the directory: roles of the clinic's policies (packages/policy), but people's alone. */
export const directoryRoles = ['physician', 'nurse', 'privacyOfficer', 'staff', 'admin'] as const;
export type DirectoryRole = (typeof directoryRoles)[number];

/** Who a passkey belongs to, as the clinic's officers say. */
export const clinicianEntry = z.strictObject({
  subject: staffId,
  role: z.enum(directoryRoles),
  /** The licence's number, as the authority that gave it writes it. */
  licence: z
    .string()
    .regex(/^[\w.:/-]{1,64}$/)
    .nullable(),
  credential: credentialId,
  publicKey: passkeyPublicKey,
});
export type ClinicianEntry = z.infer<typeof clinicianEntry>;

/** Key of a patient: a passkey, or what a recovery code gives. */
export const patientEntry = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('passkey'),
      pseudonym: patientId,
      credential: credentialId,
      publicKey: passkeyPublicKey,
    }),
    z.strictObject({
      kind: z.literal('recoveryCode'),
      pseudonym: patientId,
      credential: credentialId,
      /** Ed25519, 32 bytes. */
      publicKey: base64url(43),
    }),
  ])
  .readonly();
export type PatientEntry = z.infer<typeof patientEntry>;

/**
 * What a new key says of itself, signed by it (`challengeLabels.enrolment`): it counts for nothing until an officer
 * (for a patient: a clinician in the visit) has signed for it too. Lives 7 days.
 */
export const enrolment = z.discriminatedUnion('of', [
  z.strictObject({
    type: z.literal('sotto/enrolment/v1'),
    of: z.literal('clinician'),
    clinic: clinicId,
    entry: clinicianEntry,
    requestedAt: instant,
  }),
  z.strictObject({
    type: z.literal('sotto/enrolment/v1'),
    of: z.literal('patient'),
    clinic: clinicId,
    /** In which it was asked for. */
    visit: visitId,
    entry: patientEntry,
    requestedAt: instant,
  }),
]);
export type Enrolment = z.infer<typeof enrolment>;

/** An enrolment with its own key's proof. */
export const provenEnrolment = z.strictObject({
  enrolment,
  proof: z.union([passkeyAssertion, codeAssertion]),
});
export type ProvenEnrolment = z.infer<typeof provenEnrolment>;

// ── what is asked ────────────────────────────────────────────────────────────────────────────────────────────
/** Why somebody may want to open what is sealed: the purposes of use that policy and log know. */
export const purposes = {
  treatment: 'treatment',
  payment: 'payment',
  operations: 'operations',
  patientRequest: 'patientRequest',
  emergency: 'emergency',
} as const;

/** Why the rules of relationship, address and time are broken: codes, never free text. */
export const breakGlassReasons = {
  unconscious: 'unconscious',
  lifeThreat: 'lifeThreat',
  covering: 'covering',
  systemFault: 'systemFault',
} as const;

/** What a release is for: to see or hear it here, or to keep a copy of one's own. Policy and log tell them apart. */
export const uses = { open: 'open', copy: 'copy' } as const;
export type ReleaseUse = keyof typeof uses;

/** The log's word for a release of each use. */
export const releaseActions = { open: 'object.release', copy: 'object.copy' } as const;

export const maxReleasedObjects = 64;

const ascending = (list: readonly string[]) => list.every((id, index) => index === 0 || (list[index - 1] ?? '') < id);

/** What a viewer's key signs. */
export const releaseRequest = z.strictObject({
  type: z.literal('sotto/release/v1'),
  id: requestId,
  nonce,
  clinic: clinicId,
  /** Whose key signs: a member of staff, or the patient. */
  user: z.union([staffId, patientId]),
  objects: z.array(objectId).min(1).max(maxReleasedObjects).refine(ascending),
  purpose: z.enum(purposes),
  use: z.enum(uses),
  breakGlass: z.enum(breakGlassReasons).nullable(),
  /** Who signs the same request besides, where the clinic wants two; null where one is enough. */
  approver: staffId.nullable(),
  /** The viewer's ephemeral X-Wing public key, 1,216 bytes. */
  viewerKey: base64url(1622),
  /** The viewer's ephemeral Ed25519 public key, 32 bytes: signs for how long it was open (`closing`). */
  closingKey: base64url(43),
  expiry: instant,
});
export type ReleaseRequest = z.infer<typeof releaseRequest>;

/** The longest that is told of something's having been open. Longer is told as this. */
export const maxOpenSeconds = 86_400;

/**
 * What the browser that opened something says of it, signed by the request's `closingKey`: while it is open, from time to
 * time, and once when it is over. Nobody can prove it true; nobody else can say it.
 */
export const closing = z.strictObject({
  type: z.literal('sotto/closing/v1'),
  clinic: clinicId,
  /** Of the release. */
  request: requestId,
  /** Since the keys came. */
  seconds: z.int().min(0).max(maxOpenSeconds),
  /** False while it is open still. */
  isOver: z.boolean(),
});
export type Closing = z.infer<typeof closing>;

const actMembers = {
  type: z.literal('sotto/act/v1'),
  id: requestId,
  nonce,
  clinic: clinicId,
  /** Who signs, ascending; nobody for the first officers, who are enrolled on the keystore's host. */
  by: z.array(staffId).max(2).refine(ascending),
  expiry: instant,
};

/** One object of a patient's, or everything, what comes later too, where that is null. */
const keptThing = { pseudonym: patientId, object: objectId.nullable() };

/** Why a key is revoked. */
export const revocationReasons = { lost: 'lost', left: 'left', suspected: 'suspected' } as const;

/**
 * What officers' passkeys sign; `enrol` one officer's for somebody new, two officers' for another officer and for a key
 * or role more of somebody who has or had one. `enrolPatient` one clinician's, `assist` any clinician's or officer's and an officer's.
 */
export const act = z.discriminatedUnion('action', [
  z.strictObject({ ...actMembers, action: z.literal('enrol'), entry: clinicianEntry }),
  z.strictObject({ ...actMembers, action: z.literal('replace'), entry: clinicianEntry }),
  z.strictObject({
    ...actMembers,
    action: z.literal('revoke'),
    subject: staffId,
    credential: credentialId,
    reason: z.enum(revocationReasons),
  }),
  z.strictObject({ ...actMembers, action: z.literal('enrolPatient'), visit: visitId, entry: patientEntry }),
  /** A patient who has lost every key gets a new one, after a delay in which it can be revoked. */
  z.strictObject({ ...actMembers, action: z.literal('assist'), entry: patientEntry }),
  z.strictObject({
    ...actMembers,
    action: z.literal('revokePatient'),
    pseudonym: patientId,
    credential: credentialId,
    reason: z.enum(revocationReasons),
  }),
  z.strictObject({ ...actMembers, ...keptThing, action: z.literal('shred') }),
  z.strictObject({ ...actMembers, action: z.literal('hold'), pseudonym: patientId }),
  z.strictObject({ ...actMembers, action: z.literal('liftHold'), pseudonym: patientId }),
  /** Nobody opens the object, or anything of the patient's, until it is lifted: where the law forbids to shred it. */
  z.strictObject({ ...actMembers, ...keptThing, action: z.literal('restrict') }),
  z.strictObject({
    ...actMembers,
    ...keptThing,
    action: z.literal('liftRestriction'),
    /** Which one: SHA-256 of the canonical payload of its receipt. */
    restriction: sha256Text,
  }),
  /** From now on one thing is opened with one signature; of `releases` nothing is, but in an emergency. */
  z.strictObject({ ...actMembers, action: z.literal('contain'), whom: contained }),
  z.strictObject({ ...actMembers, action: z.literal('liftContainment'), whom: contained }),
]);
export type Act = z.infer<typeof act>;

// ── what the keystore signs ──────────────────────────────────────────────────────────────────────────────────
const signedBy = <P extends z.ZodType>(payload: P) => z.strictObject({ payload, signature: base64url(86) });
const time = z.iso.datetime();

/** An object's public key: who seals checks that it was minted for this patient and visit. */
export const objectKeyStatement = signedBy(
  z.strictObject({
    type: z.literal('sotto/object-key/v1'),
    clinic: clinicId,
    pseudonym: patientId,
    visit: visitId.nullable(),
    object: objectId,
    publicKey: base64url(1622),
    issuedAt: time,
  }),
);
export type ObjectKeyStatement = z.infer<typeof objectKeyStatement>;

/** An object as it was handed in: who opens checks the manifest that storage gives against it. */
export const registrationStatement = signedBy(
  z.strictObject({
    type: z.literal('sotto/object-registered/v1'),
    clinic: clinicId,
    pseudonym: patientId,
    visit: visitId.nullable(),
    object: objectId,
    kind: z.string(),
    /** Hash of the manifest (packages/vault/SPEC.md section 9). */
    manifest: sha256Text,
    /** Whose passkey signed the manifest. */
    writer: staffId,
    registeredAt: time,
  }),
);
export type RegistrationStatement = z.infer<typeof registrationStatement>;

export const clinicianStatement = signedBy(
  z.strictObject({
    type: z.literal('sotto/clinician/v1'),
    clinic: clinicId,
    ...clinicianEntry.shape,
    enrolledBy: z.array(staffId),
    enrolledAt: time,
  }),
);
export type ClinicianStatement = z.infer<typeof clinicianStatement>;

/** A patient's key as it was enrolled: whoever shows a patient their keys checks it. */
export const patientKeyStatement = signedBy(
  z.strictObject({
    type: z.literal('sotto/patient-key/v1'),
    clinic: clinicId,
    kind: z.enum(['passkey', 'recoveryCode']),
    pseudonym: patientId,
    credential: credentialId,
    publicKey: z.string(),
    /** In which it was enrolled; null after an assisted enrolment. */
    visit: visitId.nullable(),
    enrolledBy: z.array(staffId),
    enrolledAt: time,
    /** Later than `enrolledAt` only after an assisted enrolment. */
    activeFrom: time,
  }),
);
export type PatientKeyStatement = z.infer<typeof patientKeyStatement>;

/**
 * Which keys of a patient are alive, or will be, at one moment: all of them. It answers the reader's own nonce, so that who
 * carries it can't leave one out nor answer with an older list. The only statement that isn't in the log.
 */
export const patientKeyListStatement = signedBy(
  z.strictObject({
    type: z.literal('sotto/patient-keys/v1'),
    clinic: clinicId,
    pseudonym: patientId,
    nonce: readingNonce,
    /** SHA-256 of each `patientKeyStatement`'s payload in canonical form, ascending. */
    keys: z.array(sha256Text),
    readAt: time,
  }),
);
export type PatientKeyListStatement = z.infer<typeof patientKeyListStatement>;

export const revocationStatement = signedBy(
  z.strictObject({
    type: z.literal('sotto/clinician-revoked/v1'),
    clinic: clinicId,
    subject: staffId,
    credential: credentialId,
    reason: z.enum(revocationReasons),
    revokedBy: z.array(staffId),
    revokedAt: time,
  }),
);
export type RevocationStatement = z.infer<typeof revocationStatement>;

/** Receipt of a shredding: the keys are gone, and once backups have expired they are nowhere. */
export const shreddedStatement = signedBy(
  z.strictObject({
    type: z.literal('sotto/shredded/v1'),
    clinic: clinicId,
    pseudonym: patientId,
    /** Null for everything of the patient's. */
    object: objectId.nullable(),
    shreddedBy: z.array(staffId),
    shreddedAt: time,
    backupsExpireAt: time,
  }),
);
export type ShreddedStatement = z.infer<typeof shreddedStatement>;

/** Receipt of a restriction: nobody opens it, the patient neither, until two lift that. */
export const restrictedStatement = signedBy(
  z.strictObject({
    type: z.literal('sotto/restricted/v1'),
    clinic: clinicId,
    ...keptThing,
    restrictedBy: z.array(staffId),
    restrictedAt: time,
  }),
);
export type RestrictedStatement = z.infer<typeof restrictedStatement>;
