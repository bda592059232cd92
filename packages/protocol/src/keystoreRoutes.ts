import * as z from 'zod';
import { base64url, base64urlUpTo } from './bytes.ts';
import { consentEvidence } from './consent.ts';
import { contained } from './containment.ts';
import { clinicId, objectId, patientId, staffId, visitId } from './ids.ts';
import {
  act,
  clinicianStatement,
  closing,
  codeAssertion,
  instant,
  maxReleasedObjects,
  nonce,
  objectKeyStatement,
  passkeyAssertion,
  patientKeyListStatement,
  patientKeyStatement,
  provenEnrolment,
  readingNonce,
  registrationStatement,
  releaseRequest,
  restrictedStatement,
  revocationStatement,
  shreddedStatement,
} from './keystore.ts';
import { listCursor } from './listPage.ts';

/**
 * api ↔ keystore over mutual TLS, JSON (apps/keystore/SPEC.md). What the api says of a request (`relayed`, `reader`) is
 * told to policy and log and opens nothing by itself. A proof is text as `parseProvenEntry` (packages/audit) takes it.
 */
const proof = z.string().max(65_536);

/** HTTP's word for each refusal (apps/keystore/SPEC.md section 9). */
export const keystoreStatusOf = {
  invalid: 400,
  nonce: 401,
  expired: 401,
  assertion: 401,
  revoked: 401,
  denied: 403,
  contained: 403,
  notOnHost: 403,
  notFirst: 403,
  lastOfficers: 403,
  notYet: 403,
  notFound: 404,
  unknownObject: 404,
  unknownCredential: 404,
  conflict: 409,
  exists: 409,
  held: 409,
  notHeld: 409,
  restricted: 409,
  notRestricted: 409,
  notContained: 409,
  shredded: 410,
  rateLimited: 429,
  internal: 500,
  witnessGone: 503,
  logStopped: 503,
  masterKey: 503,
  unavailable: 503,
} as const;
export type KeystoreCode = keyof typeof keystoreStatusOf;

/** The body of every refusal. `reasons` are policy's codes. */
export const keystoreRefusal = z.strictObject({
  code: z.enum(Object.keys(keystoreStatusOf) as [KeystoreCode, ...KeystoreCode[]]),
  reasons: z.array(z.string()),
  correlationId: z.string().max(64),
});
export type KeystoreRefusal = z.infer<typeof keystoreRefusal>;

/** `GET /v1/identity`: what browsers pin. */
export const keystoreIdentity = z.strictObject({
  clinic: clinicId,
  /** Ed25519, base64url. */
  statementKey: z.string(),
  /** C2SP verifier keys. */
  logKey: z.string(),
  witnessKey: z.string(),
  /** For `navigator.credentials`: whose passkeys count. */
  rpId: z.string(),
  /** What guards the master key. `software`, a PKCS #11 token of software included, isn't an HSM, and pages say so. */
  master: z.enum(['software', 'hardware']),
});
export type KeystoreIdentity = z.infer<typeof keystoreIdentity>;

/** `POST /v1/nonces` */
export const nonceRequest = z.strictObject({ subject: z.union([staffId, patientId]) });
export const nonceGrant = z.strictObject({ nonce, expiresAt: z.string() });

/** `POST /v1/objects` */
export const mintRequest = z.strictObject({ pseudonym: patientId, visit: visitId.nullable() });
export const mintAnswer = z.strictObject({ statement: objectKeyStatement, proof });
export type MintAnswer = z.infer<typeof mintAnswer>;

export const maxFieldKeys = 500;
/**
 * `POST /v1/field-keys`: keys under which the api seals patients' names and contacts, each for one patient alone. With `make` those
 * who have none get one: it is for new patients.
 */
export const fieldKeysRequest = z.strictObject({
  pseudonyms: z
    .array(patientId)
    .min(1)
    .max(maxFieldKeys)
    .refine((list) => new Set(list).size === list.length),
  make: z.boolean(),
});
/** What is said of one patient; nothing that is said of one is said of the others. */
const fieldKeyAnswer = z.discriminatedUnion('tag', [
  /** 32 bytes. */
  z.strictObject({ tag: z.literal('key'), pseudonym: patientId, key: base64url(43) }),
  /** Everything of the patient's was: there is never a key again. */
  z.strictObject({ tag: z.literal('shredded'), pseudonym: patientId }),
  /** Never made, or not in the backup that was restored: says nothing of erasure. */
  z.strictObject({ tag: z.literal('none'), pseudonym: patientId }),
  /** There, and doesn't open. */
  z.strictObject({ tag: z.literal('damaged'), pseudonym: patientId }),
  /** Asked for too often. */
  z.strictObject({ tag: z.literal('limited'), pseudonym: patientId }),
]);
export type FieldKeyAnswer = z.infer<typeof fieldKeyAnswer>;
export const fieldKeysAnswer = z.strictObject({ keys: z.array(fieldKeyAnswer).max(maxFieldKeys) });
export type FieldKeysAnswer = z.infer<typeof fieldKeysAnswer>;

export const maxManifestText = 1_048_576;
/**
 * `POST /v1/registrations`: an object's signed manifest, once; the same manifest again gets the same answer. The writer
 * is whose passkey signed it; of a recording, whose passkey answers for the leaf that asked.
 */
export const registrationRequest = z.strictObject({
  object: objectId,
  manifest: base64urlUpTo(maxManifestText),
  /** Of a recording; null for everything else. */
  evidence: consentEvidence.nullable(),
});
export const registrationAnswer = z.strictObject({ statement: registrationStatement, proof });
export type RegistrationAnswer = z.infer<typeof registrationAnswer>;

/** What whoever relays a request says of it. */
export const relayed = z.strictObject({
  /** Network address of the viewer. */
  address: z.union([z.ipv4(), z.ipv6()]).nullable(),
  userAgent: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[\x20-\x7e]+$/)
    .nullable(),
  /** Patients for whom the clinic's records have a care relationship with the user. */
  related: z.array(patientId).max(maxReleasedObjects),
});

/** What a browser hands in for `POST /v1/releases`; the api adds `relayed`. */
export const signedRelease = z.strictObject({
  request: releaseRequest,
  /** By `request.user`'s key. */
  assertion: z.union([passkeyAssertion, codeAssertion]),
  /** By `request.approver`'s, over the same request. */
  approval: passkeyAssertion.nullable(),
});
export type SignedRelease = z.infer<typeof signedRelease>;
export const releaseCall = z.strictObject({ ...signedRelease.shape, relayed });
export const releaseAnswer = z.strictObject({
  isWitnessed: z.boolean(),
  keys: z.array(
    z.strictObject({
      object: objectId,
      /** HPKE's encapsulated key and ciphertext of the object's seed. */
      enc: z.string(),
      sealed: z.string(),
      proof,
      /** Null for an object that nobody has handed in yet. */
      registration: registrationStatement.nullable(),
    }),
  ),
});
export type ReleaseAnswer = z.infer<typeof releaseAnswer>;

/** `POST /v1/closings` (answers 204): for how long a release was open, with the very request that was released. */
export const signedClosing = z.strictObject({
  request: releaseRequest,
  closing,
  /** Ed25519 by `request.closingKey` over the closing's challenge. */
  signature: base64url(86),
});
export type SignedClosing = z.infer<typeof signedClosing>;

/** `POST /v1/enrolments` (answers 204) and `GET /v1/enrolments`: what waits for somebody's signature. */
export const enrolmentList = z.strictObject({ enrolments: z.array(provenEnrolment).max(1000) });

/** `POST /v1/acts` */
export const actCall = z.strictObject({
  act,
  /** One for each of `by`, in that order. */
  assertions: z.array(passkeyAssertion).max(2),
  /** The new key's own request, whose entry is the act's; null where none is enrolled. */
  newcomer: provenEnrolment.nullable(),
});
export type ActCall = z.infer<typeof actCall>;
export const actAnswer = z.strictObject({
  /** What others rely on; null for a legal hold, which the log alone has. */
  statement: z.strictObject({ payload: z.looseObject({ type: z.string() }), signature: z.string() }).nullable(),
  proof,
});
export type ActAnswer = z.infer<typeof actAnswer>;

/** `GET /v1/directory`: every clinician's passkey ever enrolled. */
export const directory = z.strictObject({
  entries: z.array(clinicianStatement),
  /** Of a replaced passkey: the entry of the one that replaced it. */
  revocations: z.array(z.union([revocationStatement, clinicianStatement])),
});
export type Directory = z.infer<typeof directory>;

/** `GET /v1/patients/:pseudonym/keys?nonce=`: keys of a patient that are alive or will be, and the list of them, signed. */
export const patientKeysQuery = z.strictObject({ nonce: readingNonce });
export const patientKeys = z.strictObject({ keys: z.array(patientKeyStatement), list: patientKeyListStatement });
export type PatientKeys = z.infer<typeof patientKeys>;

export const maxHoldsRead = 200;
/** `GET /v1/holds?before=&pseudonym=`: patients under legal hold, the newest hold first; with a pseudonym that one's alone. */
export const holdsQuery = z.strictObject({ before: listCursor.optional(), pseudonym: patientId.optional() });
export const legalHolds = z.strictObject({
  holds: z.array(z.strictObject({ pseudonym: patientId, placedAt: z.iso.datetime() })).max(maxHoldsRead),
  /** Place to go on before; null when nothing is older. */
  next: listCursor.nullable(),
});
export type LegalHolds = z.infer<typeof legalHolds>;

export const maxRestrictionsRead = 200;
/**
 * `GET /v1/restrictions?before=&pseudonym=`: what nobody opens at present, the newest restriction first; with a pseudonym that
 * patient's alone. What was shredded meanwhile isn't among them.
 */
export const restrictionsQuery = z.strictObject({ before: listCursor.optional(), pseudonym: patientId.optional() });
export const restrictions = z.strictObject({
  restrictions: z.array(restrictedStatement).max(maxRestrictionsRead),
  /** Place to go on before; null when nothing is older. */
  next: listCursor.nullable(),
});
export type Restrictions = z.infer<typeof restrictions>;

export const maxShreddingsRead = 200;
/** `GET /v1/shreddings?before=`: receipts of what was shredded, the newest first: whoever keeps sealed bytes takes them away. */
export const shreddingsQuery = z.strictObject({ before: listCursor.optional() });
export const shreddings = z.strictObject({
  shreddings: z.array(shreddedStatement).max(maxShreddingsRead),
  /** Place to go on before; null when nothing is older. */
  next: listCursor.nullable(),
});
export type Shreddings = z.infer<typeof shreddings>;

export const maxEntriesRead = 50;
/** `POST /v1/entries`: reads the access log, newest first. Reading is logged, as the reading of `reader`. */
export const entriesRequest = z.strictObject({
  reader: z.strictObject({ subject: z.union([staffId, patientId]), role: z.string().regex(/^[a-zA-Z]{1,32}$/) }),
  about: z.discriminatedUnion('of', [
    z.strictObject({ of: z.literal('patient'), pseudonym: patientId }),
    z.strictObject({ of: z.literal('actor'), subject: staffId }),
    z.strictObject({ of: z.literal('all') }),
  ]),
  /** Of whoever reads: the reading's own entry carries it, so that an older answer isn't taken for this one. */
  nonce: readingNonce,
  /** Only entries before this place in the log. */
  before: z.int().min(0).nullable(),
  limit: z.int().min(1).max(maxEntriesRead),
});
export type EntriesRequest = z.infer<typeof entriesRequest>;
export const entriesAnswer = z.strictObject({
  /** The entry of this very reading, proven: whatever was recorded before it is older than it. */
  reading: proof,
  /** Each proven, under the same checkpoint as the reading; none if there is none left. */
  entries: z.array(proof),
  /** Place to go on before; null when nothing is older. */
  next: z.int().nullable(),
});
export type EntriesAnswer = z.infer<typeof entriesAnswer>;

/** `breakGlass`: it was opened; `breakGlassRefused`: it was tried. `patientKey`: a clinician enrolled a patient's key. */
export const noticeKinds = [
  'breakGlass',
  'breakGlassRefused',
  'unwitnessed',
  'assist',
  'patientKey',
  'enrolment',
  'revocation',
  'shred',
  'restriction',
  'restrictionLifted',
] as const;

/**
 * `GET /v1/notices?after=`: what an officer is to be told at once, oldest first. Of what is newer than `after` the newest
 * 200, and beside them the newest 200 of `breakGlass` and `unwitnessed`.
 */
export const notices = z.strictObject({
  notices: z.array(
    z.strictObject({
      id: z.int(),
      kind: z.enum(noticeKinds),
      /** Who did it; of `enrolment` who was enrolled. Null for a patient, for the keystore itself, and of `unwitnessed`. */
      subject: staffId.nullable(),
      pseudonym: patientId.nullable(),
      /** Place of the entry in the log. */
      index: z.int().nullable(),
      at: instant,
    }),
  ),
});

export const maxOpeningsRead = 500;
/**
 * `GET /v1/openings?after=`: what others than the patient opened of a patient's, or copied, in the log's order: whom it may be
 * told to. Without `after` none, and where the log ends now.
 */
export const openingsQuery = z.strictObject({ after: z.coerce.number().int().min(-1).optional() });
export const openings = z.strictObject({
  openings: z
    .array(
      z.strictObject({
        /** Place of the entry in the log: nothing is told twice of it. */
        index: z.int().min(0),
        pseudonym: patientId,
        isBreakGlass: z.boolean(),
      }),
    )
    .max(maxOpeningsRead),
  /** Entries among them that can't be read: nobody is told of these, and they keep nobody else from being told. */
  undecodable: z.int().min(0).max(maxOpeningsRead),
  /** Up to this place the log was looked through: to go on after. */
  through: z.int().min(-1),
});
export type Openings = z.infer<typeof openings>;

export const maxContainments = 1000;
/**
 * `POST /v1/containments`: contains at once, without anybody's signature: the api may take away, and give nothing back. Again, it
 * changes nothing. `GET` lists who is contained.
 */
export const containmentRequest = z.strictObject({ whom: contained });
export const containments = z.strictObject({
  containments: z
    .array(
      z.strictObject({
        whom: contained,
        /** Who signed; null for the api, by its rules. */
        by: staffId.nullable(),
        at: z.iso.datetime(),
      }),
    )
    .max(maxContainments),
});
export type Containments = z.infer<typeof containments>;

export const maxAccessesRead = 500;
/**
 * `GET /v1/accesses?after=`, or `?since=` for the first time: what members of staff opened and copied, or were refused, in the
 * log's order: what rules about unusual access look at.
 */
export const accessesQuery = z.union([
  z.strictObject({ after: z.coerce.number().int().min(-1) }),
  z.strictObject({ since: instant }),
]);
export const accesses = z.strictObject({
  accesses: z
    .array(
      z.strictObject({
        /** Place of the entry in the log. */
        index: z.int().min(0),
        actor: staffId,
        /** Null where it isn't known whose it was. */
        pseudonym: patientId.nullable(),
        request: z.string(),
        at: z.iso.datetime(),
        address: z.string().nullable(),
        outcome: z.enum(['allowed', 'refused']),
        isBreakGlass: z.boolean(),
      }),
    )
    .max(maxAccessesRead),
  /** Up to this place the log was looked through: to go on after. */
  through: z.int().min(-1),
  /** Whether nothing is behind it. */
  isAll: z.boolean(),
});
export type Accesses = z.infer<typeof accesses>;
