import * as z from 'zod';
import { base64url, concat } from './bytes.ts';
import { clinicianProof } from './clinicianProof.ts';
import { compactJws } from './credential.ts';
import { clinicId, leafThumbprint, participantId, recordingId, visitId } from './ids.ts';
import { instant, sha256Text } from './keystore.ts';

/**
 * What people in a visit sign before it is recorded (SPEC.md section 6). Each member's browser checks it, and the
 * keystore does when a recording is handed in; the api relays and can make none of it.
 */

/** Why a visit is recorded: codes, never free text. */
export const recordingReasons = {
  /** To look at what was shown and said again, for this patient's care. */
  care: 'care',
  /** The patient wishes to have it. */
  patientWish: 'patientWish',
  secondOpinion: 'secondOpinion',
  teaching: 'teaching',
} as const;
export type RecordingReason = keyof typeof recordingReasons;

/** The words that people read before they answered: a new version of the words is a new code. */
export const consentWordings = ['recording-1'] as const;

/** Most people who take part in one recording, whoever comes and goes. */
export const maxConsents = 64;

/** An Ed25519 public key, raw. */
const publicKey = base64url(43);

/** What is consented to. Its hash is `consent` of each sealed object of the recording. */
export const recordingTerms = z.strictObject({
  type: z.literal('sotto/recording/v1'),
  clinic: clinicId,
  visit: visitId,
  recording: recordingId,
  /** The clinician who asks, and whose browser records. */
  askedBy: participantId,
  reason: z.enum(recordingReasons),
  wording: z.enum(consentWordings),
  /** Signs the manifests. Its private half can't leave the browser that records, and outlives a closed page. */
  recorderKey: publicKey,
  askedAt: instant,
});
export type RecordingTerms = z.infer<typeof recordingTerms>;

const ascending = (list: readonly string[]) => list.every((id, index) => index === 0 || (list[index - 1] ?? '') < id);

/** One member's yes. */
export const consent = z.strictObject({
  type: z.literal('sotto/consent/v1'),
  /** SHA-256 of the terms in canonical form. */
  terms: sha256Text,
  /** Whose. */
  leaf: leafThumbprint,
  /** Everybody in the group when it was given, this leaf too, ascending. */
  leaves: z.array(leafThumbprint).min(1).max(maxConsents).refine(ascending),
  /** In which the words were read. */
  language: z.enum(['en', 'es']),
  /** By the member's own clock. */
  givenAt: instant,
});
export type Consent = z.infer<typeof consent>;

export const signedConsent = z.strictObject({
  consent,
  /** The leaf's, of which `consent.leaf` is the thumbprint. */
  key: publicKey,
  /** As it stands in the leaf. */
  credential: compactJws,
  /** Ed25519 over `consentOctets`. */
  signature: base64url(86),
});
export type SignedConsent = z.infer<typeof signedConsent>;

/**
 * All that shows that a recording was consented to. The SHA-256 of its canonical form is `roster` of the manifest of each
 * of the recording's objects. It has pseudonyms and no names.
 */
export const consentEvidence = z.strictObject({
  type: z.literal('sotto/consents/v1'),
  terms: recordingTerms,
  /** One a leaf, ascending by leaf; the recorder's too. */
  consents: z
    .array(signedConsent)
    .min(1)
    .max(maxConsents)
    .refine((list) => ascending(list.map((one) => one.consent.leaf))),
  /** The passkey's word for each leaf of who asked. */
  recorders: z
    .array(z.strictObject({ leaf: leafThumbprint, proof: clinicianProof }))
    .min(1)
    .max(maxConsents),
  /** Who is on track 0, 1, …: each has an object of their own. */
  tracks: z.array(participantId).min(1).max(maxConsents),
});
export type ConsentEvidence = z.infer<typeof consentEvidence>;

/** Longest JSON of evidence: all that the schema lets through is shorter. */
export const maxEvidenceText = 1_376_256;

const utf8 = (text: string) => new TextEncoder().encode(text);

/** The canonical form (RFC 8785) of terms: their members are ASCII without escapes, so sorted JSON is enough. */
export const termsOctets = ({
  askedAt,
  askedBy,
  clinic,
  reason,
  recorderKey,
  recording,
  type,
  visit,
  wording,
}: RecordingTerms): Uint8Array<ArrayBuffer> =>
  utf8(JSON.stringify({ askedAt, askedBy, clinic, reason, recorderKey, recording, type, visit, wording }));

const consentLabel = utf8('sotto/consent/v1\0');

/** What a leaf's key signs: a label that no MLS structure begins with, and the consent's canonical form. */
export const consentOctets = ({ givenAt, language, leaf, leaves, terms, type }: Consent): Uint8Array<ArrayBuffer> =>
  concat(consentLabel, utf8(JSON.stringify({ givenAt, language, leaf, leaves, terms, type })));
