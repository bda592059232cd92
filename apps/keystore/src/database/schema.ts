import type { ClinicId, ObjectId, PatientId, StaffId, VisitId } from '@sotto/protocol/ids';
import type { CredentialId, Nonce, RequestId } from '@sotto/protocol/keystore';
import { noticeKinds } from '@sotto/protocol/keystoreRoutes';
import { bigint, boolean, customType, integer, pgSchema, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import type { Bytes } from '../bytes.ts';
import type { NonceHolder, Subject } from '../ids.ts';

/** The tables as `migrations/` made them, for typed queries. */
const keystoreSchema = pgSchema('keystore');

const bytea = customType<{ data: Bytes; driverData: Buffer }>({
  dataType: () => 'bytea',
  toDriver: (value) => Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  fromDriver: (value) => new Uint8Array(value),
});
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const installationTable = keystoreSchema.table('installation', {
  single: boolean('single').primaryKey().default(true),
  clinic: text('clinic').$type<ClinicId>().notNull(),
  recoveryKey: bytea('recovery_key').notNull(),
  madeAt: time('made_at').notNull(),
});

export const masterVersionTable = keystoreSchema.table('master_version', {
  version: integer('version').primaryKey(),
  provider: text('provider', { enum: ['software', 'pkcs11'] }).notNull(),
  seenAt: time('seen_at').notNull(),
});

export const patientKeyTable = keystoreSchema.table(
  'patient_key',
  {
    pseudonym: text('pseudonym').$type<PatientId>().notNull(),
    version: integer('version').notNull(),
    masterVersion: integer('master_version').notNull(),
    wrapped: bytea('wrapped').notNull(),
    recoveryWrapped: bytea('recovery_wrapped').notNull(),
    madeAt: time('made_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.pseudonym, table.version] })],
);

export const objectKeyTable = keystoreSchema.table('object_key', {
  object: text('object').$type<ObjectId>().primaryKey(),
  pseudonym: text('pseudonym').$type<PatientId>().notNull(),
  patientVersion: integer('patient_version').notNull(),
  visit: text('visit').$type<VisitId>(),
  wrapped: bytea('wrapped').notNull(),
  statement: text('statement').notNull(),
  entryIndex: bigint('entry_index', { mode: 'number' }).notNull(),
  madeAt: time('made_at').notNull(),
});

export const fieldKeyTable = keystoreSchema.table('field_key', {
  pseudonym: text('pseudonym').$type<PatientId>().primaryKey(),
  patientVersion: integer('patient_version').notNull(),
  wrapped: bytea('wrapped').notNull(),
  madeAt: time('made_at').notNull(),
});

export const legalHoldTable = keystoreSchema.table('legal_hold', {
  pseudonym: text('pseudonym').$type<PatientId>().primaryKey(),
  placedAt: time('placed_at').notNull(),
});

/** `object` is null for everything of the patient's. */
export const restrictionTable = keystoreSchema.table('restriction', {
  hash: bytea('hash').primaryKey(),
  pseudonym: text('pseudonym').$type<PatientId>().notNull(),
  object: text('object').$type<ObjectId>(),
  statement: text('statement').notNull(),
  restrictedAt: time('restricted_at').notNull(),
  lifting: text('lifting'),
});

export const shreddedTable = keystoreSchema.table('shredded', {
  receiptHash: bytea('receipt_hash').primaryKey(),
  pseudonym: text('pseudonym').$type<PatientId>().notNull(),
  object: text('object').$type<ObjectId>(),
  receipt: text('receipt').notNull(),
  shreddedAt: time('shredded_at').notNull(),
});

export const nonceTable = keystoreSchema.table('nonce', {
  nonce: text('nonce').$type<Nonce>().primaryKey(),
  subject: text('subject').$type<NonceHolder>().notNull(),
  expiresAt: time('expires_at').notNull(),
});

export const credentialTable = keystoreSchema.table('credential', {
  credential: text('credential').$type<CredentialId>().primaryKey(),
  subject: text('subject').$type<StaffId>().notNull(),
  role: text('role').notNull(),
  publicKey: bytea('public_key').notNull(),
  counter: bigint('counter', { mode: 'number' }).notNull(),
  statement: text('statement').notNull(),
  revocation: text('revocation'),
  enrolledAt: time('enrolled_at').notNull(),
  revokedAt: time('revoked_at'),
});

export const patientCredentialTable = keystoreSchema.table('patient_credential', {
  credential: text('credential').$type<CredentialId>().primaryKey(),
  pseudonym: text('pseudonym').$type<PatientId>().notNull(),
  kind: text('kind', { enum: ['passkey', 'recoveryCode'] }).notNull(),
  visit: text('visit').$type<VisitId>(),
  publicKey: bytea('public_key').notNull(),
  counter: bigint('counter', { mode: 'number' }).notNull(),
  statement: text('statement').notNull(),
  revocation: text('revocation'),
  enrolledAt: time('enrolled_at').notNull(),
  revokedAt: time('revoked_at'),
});

export const noticeTable = keystoreSchema.table('notice', {
  id: bigint('id', { mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
  kind: text('kind', { enum: noticeKinds }).notNull(),
  subject: text('subject').$type<StaffId>(),
  pseudonym: text('pseudonym').$type<PatientId>(),
  index: bigint('index', { mode: 'number' }),
  at: time('at').notNull(),
});

export const enrolmentTable = keystoreSchema.table(
  'enrolment',
  {
    of: text('of', { enum: ['clinician', 'patient'] }).notNull(),
    subject: text('subject').$type<Subject>().notNull(),
    kind: text('kind', { enum: ['passkey', 'recoveryCode'] }).notNull(),
    credential: text('credential').$type<CredentialId>().notNull(),
    proven: text('proven').notNull(),
    requestedAt: time('requested_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.of, table.subject, table.kind] })],
);

export const registrationTable = keystoreSchema.table('registration', {
  object: text('object').$type<ObjectId>().primaryKey(),
  statement: text('statement').notNull(),
  entryIndex: bigint('entry_index', { mode: 'number' }).notNull(),
  registeredAt: time('registered_at').notNull(),
});

export const recordedTrackTable = keystoreSchema.table(
  'recorded_track',
  {
    consent: text('consent').notNull(),
    track: integer('track').notNull(),
    object: text('object').$type<ObjectId>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.consent, table.track] })],
);

export const requestTable = keystoreSchema.table('request', {
  id: text('id').$type<RequestId>().primaryKey(),
  hash: bytea('hash').notNull(),
  subject: text('subject').$type<Subject>().notNull(),
  outcome: text('outcome', { enum: ['allowed', 'refused'] }).notNull(),
  reason: text('reason'),
  firstIndex: bigint('first_index', { mode: 'number' }).notNull(),
  recordedAt: time('recorded_at').notNull(),
  signature: text('signature').notNull(),
});

export const closingTable = keystoreSchema.table('closing', {
  request: text('request').$type<RequestId>().primaryKey(),
  seconds: integer('seconds').notNull(),
  heardAt: time('heard_at').notNull(),
  statement: text('statement').notNull(),
  entryIndex: bigint('entry_index', { mode: 'number' }),
  isUnloggable: boolean('is_unloggable').notNull().default(false),
});
