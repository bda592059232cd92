import * as z from 'zod';
import { base64urlUpTo } from './bytes.ts';
import { visitStatuses } from './clinic.ts';
import { objectId, patientId, recordingId, staffId, visitId } from './ids.ts';
import { readingNonce, restrictedStatement } from './keystore.ts';
import {
  directory,
  enrolmentList,
  entriesAnswer,
  maxEntriesRead,
  maxManifestText,
  notices,
  patientKeys,
} from './keystoreRoutes.ts';
import { listCursor } from './listPage.ts';

/**
 * Client ↔ api: sealed objects, and the keystore behind the api. Under `/api/keystore/` a refusal's body is the
 * keystore's own (`keystoreRefusal`) where the keystore refused, `errorBody` where the api did.
 *
 * | route | session | request | answer |
 * |---|---|---|---|
 * | `GET /api/keystore/identity` | — | — | `keystoreIdentity` |
 * | `POST /api/keystore/nonces` | staff, visit | `nonceQuery` | 201 `nonceGrant`, for who is signed in |
 * | `GET /api/keystore/directory` | staff: all; visit: who wrote about the patient, and every revocation | — | `directoryView` |
 * | `POST /api/keystore/enrolments` | staff, visit | `provenEnrolment`: one's own | 204 |
 * | `GET /api/keystore/enrolments` | officer: all; physician: own visits' patients' | — | `enrolmentView` |
 * | `POST /api/keystore/acts` | staff | `actCall` | `actAnswer` |
 * | `POST /api/keystore/releases` | staff, visit | `signedRelease` | `releaseAnswer` |
 * | `GET /api/keystore/entries` | staff, visit | `entriesQuery` | `entriesView` |
 * | `GET /api/keystore/holds` | officer | `pageQuery` | `legalHolds` |
 * | `GET /api/keystore/restrictions` | officer | `pageQuery` | `restrictions` |
 * | `GET /api/keystore/patients/:pseudonym` | officer | `patientKeysQuery` | `keptView` |
 * | `GET /api/keystore/patients/:pseudonym/objects` | officer | `pageQuery` | `objectPage` |
 * | `GET /api/keystore/notices` | officer | `noticesQuery` | `noticesView` |
 * | `POST /api/visits/:visitId/objects` | staff, own visit | — | 201 `mintAnswer` |
 * | `PUT /api/phi/objects/:objectId` | staff, own visit's | `sealedUpload` | `registrationAnswer` |
 * | `GET /api/visits/:visitId/objects` | staff, own visit | — | `sealedList` |
 * | `GET /api/phi/objects/:objectId` | staff; visit, patient: the patient's own; a note | — | `sealedObject` |
 * | `GET /api/portal` | visit, patient | `patientKeysQuery` | `portalView` |
 * | `GET /api/portal/objects` | visit, patient | `pageQuery` | `objectPage` |
 */
const time = z.iso.datetime({ offset: true });

/** In a browser where a member of staff and a patient are signed in: for which of them; without it for staff. */
export const nonceQuery = z.strictObject({ as: z.enum(['staff', 'visit']).optional() });

const person = z.strictObject({ id: staffId, name: z.string(), role: z.string() });

export const objectPath = z.strictObject({ objectId });

/** Sealed bytes of a note: one run, at most 512 KiB. */
export const maxSealedText = 699_051;
/** Stored, then registered with the keystore: listed and given out from then on. The same bytes again get the same answer; others are a `conflict`. */
export const sealedUpload = z.strictObject({
  manifest: base64urlUpTo(maxManifestText),
  run: base64urlUpTo(maxSealedText),
});
export type SealedUpload = z.infer<typeof sealedUpload>;

export const sealedSummary = z.strictObject({
  object: objectId,
  kind: z.enum(['note', 'recording']),
  /** Of a recording: which one, and whose track it is. Null for everything else. */
  recording: z.strictObject({ id: recordingId, track: z.int().min(0).max(65_535) }).nullable(),
  visitId,
  /** The patient, as everything sealed names them. */
  pseudonym: patientId,
  /** By the api's record; the manifest says who signed. */
  writer: person,
  storedAt: time,
});
export type SealedSummary = z.infer<typeof sealedSummary>;
export const sealedList = z.strictObject({ objects: z.array(sealedSummary).max(500) });
/** Ciphertext: of no use to anybody without a release. */
export const sealedObject = z.strictObject({
  ...sealedSummary.shape,
  manifest: base64urlUpTo(maxManifestText),
  run: base64urlUpTo(maxSealedText),
});
export type SealedObject = z.infer<typeof sealedObject>;

export const pageQuery = z.strictObject({ before: listCursor.optional() });
export const maxObjectsListed = 100;
/** What was written about a patient, newest first. */
export const objectPage = z.strictObject({
  objects: z.array(sealedSummary).max(maxObjectsListed),
  /** Place to go on before; null when nothing is older. */
  next: listCursor.nullable(),
});
export type ObjectPage = z.infer<typeof objectPage>;

/** What of a patient's nobody opens at present, the newest restriction first: all of it. */
const restrictions = z.array(restrictedStatement);

/** The patient's own page: who and in which visit, their keys that are alive or will be, and what is restricted. */
export const portalView = z.strictObject({
  patient: z.strictObject({ id: patientId, name: z.string() }),
  /** Of this session; null where the patient signed in by a key of theirs. */
  visit: z.strictObject({ id: visitId, clinicianName: z.string(), status: z.enum(visitStatuses) }).nullable(),
  ...patientKeys.shape,
  restrictions,
});
export type PortalView = z.infer<typeof portalView>;

export const pseudonymPath = z.strictObject({ pseudonym: patientId });
/** A patient's keys, legal hold and restrictions, for an officer: pseudonyms, and nothing that tells what their notes say. */
export const keptView = z.strictObject({
  ...patientKeys.shape,
  /** Since when under legal hold; null if not. */
  heldSince: z.iso.datetime().nullable(),
  restrictions,
});
export type KeptView = z.infer<typeof keptView>;

/** Names beside the pseudonyms, by the clinic's records: what the keystore signs has none. */
const people = z.array(person);
/** Only of patients whom the reader has visits with; an officer sees pseudonyms. A patient finds themselves, always. */
const patients = z.array(z.strictObject({ id: patientId, name: z.string() }));

export const directoryView = z.strictObject({ ...directory.shape, people });
export type DirectoryView = z.infer<typeof directoryView>;
export const enrolmentView = z.strictObject({ ...enrolmentList.shape, people, patients });
export type EnrolmentView = z.infer<typeof enrolmentView>;

/**
 * `about`: `own` what the reader did; `patient` what was done with the patient's objects (a patient's own; a clinician
 * must have a visit with them, an officer needn't); `person` what one member of staff did, and `all`: an officer's. Each reading is itself in the log, and answers with its own entry,
 * which carries `nonce`: a reader sees by it that nothing newer was left out.
 */
export const entriesQuery = z.strictObject({
  about: z.enum(['own', 'patient', 'person', 'all']),
  patient: patientId.optional(),
  person: staffId.optional(),
  nonce: readingNonce,
  before: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(maxEntriesRead).default(20),
});
export const entriesView = z.strictObject({ ...entriesAnswer.shape, people, patients });
export type EntriesView = z.infer<typeof entriesView>;

export const noticesQuery = z.strictObject({ after: z.coerce.number().int().min(0).default(0) });
export const noticesView = z.strictObject({ ...notices.shape, people });
