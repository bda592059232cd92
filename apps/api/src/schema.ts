import { base64url } from '@sotto/protocol/bytes';
import { signInMethods, staffRoles } from '@sotto/protocol/clinic';
import {
  type ClinicId,
  guestKinds,
  type ObjectId,
  type ParticipantId,
  type PatientId,
  type RecordingId,
  type SessionId,
  type StaffId,
  type VisitId,
} from '@sotto/protocol/ids';
import type { CredentialId } from '@sotto/protocol/keystore';
import { mailKinds, noticeLocales } from '@sotto/protocol/patientNotices';
import { bigint, boolean, cidr, customType, integer, pgSchema, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import type * as z from 'zod';

/** The tables as `migrations/` made them, for typed queries. A test compares both. Others: incidentSchema.ts, phiSchema.ts. */
export const clinicSchema = pgSchema('clinic');

export const bytea = customType<{ data: Uint8Array; driverData: Buffer }>({
  dataType: () => 'bytea',
  toDriver: (value) => Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  fromDriver: (value) => new Uint8Array(value),
});
/** A moment; its day and hour anywhere. */
export const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** Id of an invitation's row; it never leaves the api. */
export const invitationId = base64url(22).brand<'InvitationId'>();
export type InvitationId = z.infer<typeof invitationId>;

/** Id of one role that somebody holds. */
export const roleAssignmentId = base64url(22).brand<'RoleAssignmentId'>();
type RoleAssignmentId = z.infer<typeof roleAssignmentId>;

/** Id of a mail's row; it never leaves the api. */
export const mailId = base64url(22).brand<'MailId'>();
export type MailId = z.infer<typeof mailId>;

/** What a browser is sent to a provider for: to sign in, to bind who it says to an account, or to begin one. */
const oidcPurposes = ['signIn', 'bind', 'begin'] as const;

export const clinicTable = clinicSchema.table('clinic', {
  id: text('id').$type<ClinicId>().primaryKey(),
  name: text('name').notNull(),
  createdAt: time('created_at').notNull(),
});

export const staffTable = clinicSchema.table('staff', {
  id: text('id').$type<StaffId>().primaryKey(),
  clinicId: text('clinic_id').$type<ClinicId>().notNull(),
  email: text('email').notNull(),
  name: text('name').notNull(),
  role: text('role', { enum: staffRoles }).notNull(),
  /** Null where a provider alone lets them in. */
  passwordHash: text('password_hash'),
  disabledAt: time('disabled_at'),
  /** Which administrator took away what they have beside their password; null for the host, and for nobody. */
  factorsResetBy: text('factors_reset_by').$type<StaffId>(),
  /** Since when none of their roles counts, until it is lifted; null for most. */
  suspendedAt: time('suspended_at'),
  createdAt: time('created_at').notNull(),
});

export const roleAssignmentTable = clinicSchema.table('role_assignment', {
  id: text('id').$type<RoleAssignmentId>().primaryKey(),
  staffId: text('staff_id').$type<StaffId>().notNull(),
  role: text('role', { enum: staffRoles }).notNull(),
  validFrom: time('valid_from').notNull(),
  validUntil: time('valid_until'),
  network: cidr('network'),
  hoursFrom: integer('hours_from'),
  hoursTo: integer('hours_to'),
  hoursDays: integer('hours_days').array(),
  grantedAt: time('granted_at').notNull(),
});

export const staffInvitationTable = clinicSchema.table('staff_invitation', {
  staffId: text('staff_id').$type<StaffId>().primaryKey(),
  clinicId: text('clinic_id').$type<ClinicId>().notNull(),
  email: text('email').notNull(),
  name: text('name').notNull(),
  role: text('role', { enum: staffRoles }).notNull(),
  /** Null: whoever ran the command on the host. */
  invitedBy: text('invited_by').$type<StaffId>(),
  secretHash: bytea('secret_hash').notNull(),
  createdAt: time('created_at').notNull(),
  expiresAt: time('expires_at').notNull(),
  overAt: time('over_at'),
});

export const staffSessionTable = clinicSchema.table('staff_session', {
  tokenHash: bytea('token_hash').primaryKey(),
  id: text('id').$type<SessionId>().notNull(),
  staffId: text('staff_id').$type<StaffId>().notNull(),
  createdAt: time('created_at').notNull(),
  expiresAt: time('expires_at').notNull(),
  revokedAt: time('revoked_at'),
  /** When its sockets were to be closed too, since its holder was let go or somebody wanted it gone; null otherwise. */
  letGoAt: time('let_go_at'),
  method: text('method', { enum: signInMethods }).notNull(),
  /** When a passkey began it, or came to it last; null where none did. */
  passkeyAt: time('passkey_at'),
  /** When somebody last did something in it, as its browser has told. */
  activeAt: time('active_at').notNull(),
  /** Since when it is locked, because nobody did; null otherwise. */
  lockedAt: time('locked_at'),
  /** The visit for which it was last granted a ticket while it wasn't locked, and when; null where it was for none. */
  hostedVisitId: text('hosted_visit_id').$type<VisitId>(),
  hostedAt: time('hosted_at'),
  /** From where it began, as the network has it; null where that isn't known. */
  address: text('address'),
  /** The browser's own words for itself. */
  userAgent: text('user_agent'),
  /** Which browser it is in; null for those from before that was noted. */
  deviceHash: bytea('device_hash'),
  /** By what a provider says to know its holder; null where it doesn't say, and where none began it. */
  providerSaid: text('provider_said'),
});

/** Who members of staff are to a provider of OpenID Connect. */
export const staffIdentityTable = clinicSchema.table(
  'staff_identity',
  {
    clinicId: text('clinic_id').$type<ClinicId>().notNull(),
    issuer: text('issuer').notNull(),
    subject: text('subject').notNull(),
    staffId: text('staff_id').$type<StaffId>().notNull(),
    boundAt: time('bound_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.clinicId, table.issuer, table.subject] })],
);

/** Browsers that were sent to a provider and haven't come back. */
export const oidcAttemptTable = clinicSchema.table('oidc_attempt', {
  cookieHash: bytea('cookie_hash').primaryKey(),
  clinicId: text('clinic_id').$type<ClinicId>().notNull(),
  purpose: text('purpose', { enum: oidcPurposes }).notNull(),
  /** Whose account is bound, or begun; null to sign in. */
  staffId: text('staff_id').$type<StaffId>(),
  expiresAt: time('expires_at').notNull(),
});

/** Links by which members of staff choose a new password. */
export const passwordResetTable = clinicSchema.table('password_reset', {
  secretHash: bytea('secret_hash').primaryKey(),
  staffId: text('staff_id').$type<StaffId>().notNull(),
  createdAt: time('created_at').notNull(),
  expiresAt: time('expires_at').notNull(),
  overAt: time('over_at'),
});

export const staffDeviceTable = clinicSchema.table(
  'staff_device',
  {
    staffId: text('staff_id').$type<StaffId>().notNull(),
    deviceHash: bytea('device_hash').notNull(),
    address: text('address'),
    userAgent: text('user_agent'),
    firstAt: time('first_at').notNull(),
    /** When its owner said to know it; null before that. */
    knownAt: time('known_at'),
  },
  (table) => [primaryKey({ columns: [table.staffId, table.deviceHash] })],
);

/** Authenticator apps of staff. */
export const staffTotpTable = clinicSchema.table('staff_totp', {
  staffId: text('staff_id').$type<StaffId>().primaryKey(),
  secretSealed: bytea('secret_sealed'),
  /** To take its place once it is confirmed. */
  waitingSealed: bytea('waiting_sealed'),
  /** The last step of time whose code was taken. */
  lastStep: bigint('last_step', { mode: 'number' }),
});

export const recoveryCodeTable = clinicSchema.table(
  'recovery_code',
  {
    staffId: text('staff_id').$type<StaffId>().notNull(),
    codeHash: bytea('code_hash').notNull(),
    usedAt: time('used_at'),
  },
  (table) => [primaryKey({ columns: [table.staffId, table.codeHash] })],
);

/** Challenges of sign-ins by passkey that nobody has answered. */
export const signInChallengeTable = clinicSchema.table('sign_in_challenge', {
  nonceHash: bytea('nonce_hash').primaryKey(),
  clinicId: text('clinic_id').$type<ClinicId>().notNull(),
  expiresAt: time('expires_at').notNull(),
});

/** How far the signature counters of passkeys have come by signing in. */
export const passkeyCounterTable = clinicSchema.table(
  'passkey_counter',
  {
    clinicId: text('clinic_id').$type<ClinicId>().notNull(),
    credential: text('credential').$type<CredentialId>().notNull(),
    counter: bigint('counter', { mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.clinicId, table.credential] })],
);

export const patientTable = clinicSchema.table('patient', {
  id: text('id').$type<PatientId>().primaryKey(),
  clinicId: text('clinic_id').$type<ClinicId>().notNull(),
  nameSealed: bytea('name_sealed').notNull(),
  /** Null where the clinic hasn't got it. */
  birthDateSealed: bytea('birth_date_sealed'),
  /** What they are found by (blindIndex.ts); null where there is nothing to be found by, and of who was erased. */
  personIndex: bytea('person_index'),
  familyIndex: bytea('family_index'),
  /** By which key and form; null for whom nobody has indexed yet. */
  indexKey: bytea('index_key'),
  createdAt: time('created_at').notNull(),
});

export const visitTable = clinicSchema.table('visit', {
  id: text('id').$type<VisitId>().primaryKey(),
  clinicId: text('clinic_id').$type<ClinicId>().notNull(),
  clinicianId: text('clinician_id').$type<StaffId>().notNull(),
  patientId: text('patient_id').$type<PatientId>().notNull(),
  startsAt: time('starts_at').notNull(),
  minutes: integer('minutes').notNull(),
  status: text('status', { enum: ['scheduled', 'open', 'ended', 'cancelled'] }).notNull(),
  endedAt: time('ended_at'),
  createdAt: time('created_at').notNull(),
});

export const participantTable = clinicSchema.table('participant', {
  id: text('id').$type<ParticipantId>().primaryKey(),
  visitId: text('visit_id').$type<VisitId>().notNull(),
  staffId: text('staff_id').$type<StaffId>(),
  patientId: text('patient_id').$type<PatientId>(),
  isGuest: boolean('is_guest').notNull().default(false),
});

export const guestTable = clinicSchema.table('guest', {
  participantId: text('participant_id').$type<ParticipantId>().primaryKey(),
  visitId: text('visit_id').$type<VisitId>().notNull(),
  kind: text('kind', { enum: guestKinds }).notNull(),
  nameSealed: bytea('name_sealed').notNull(),
  endsAt: time('ends_at').notNull(),
  createdAt: time('created_at').notNull(),
});

export const invitationTable = clinicSchema.table('invitation', {
  id: text('id').$type<InvitationId>().primaryKey(),
  visitId: text('visit_id').$type<VisitId>().notNull(),
  /** Null: the patient's. */
  guestId: text('guest_id').$type<ParticipantId>(),
  secretHash: bytea('secret_hash').notNull(),
  secretSealed: bytea('secret_sealed').notNull(),
  /** How many wrong dates of birth ever came with it: no right one takes any of them back. */
  birthDateTries: integer('birth_date_tries').notNull().default(0),
  createdAt: time('created_at').notNull(),
  expiresAt: time('expires_at').notNull(),
  revokedAt: time('revoked_at'),
});

export const visitSessionTable = clinicSchema.table('visit_session', {
  tokenHash: bytea('token_hash').primaryKey(),
  id: text('id').$type<SessionId>().notNull(),
  invitationId: text('invitation_id').$type<InvitationId>().notNull(),
  participantId: text('participant_id').$type<ParticipantId>().notNull(),
  createdAt: time('created_at').notNull(),
  expiresAt: time('expires_at').notNull(),
  revokedAt: time('revoked_at'),
});

export const patientSessionTable = clinicSchema.table('patient_session', {
  tokenHash: bytea('token_hash').primaryKey(),
  id: text('id').$type<SessionId>().notNull(),
  patientId: text('patient_id').$type<PatientId>().notNull(),
  credential: text('credential').$type<CredentialId>().notNull(),
  kind: text('kind', { enum: ['passkey', 'recoveryCode'] }).notNull(),
  address: text('address'),
  userAgent: text('user_agent'),
  createdAt: time('created_at').notNull(),
  activeAt: time('active_at').notNull(),
  expiresAt: time('expires_at').notNull(),
  revokedAt: time('revoked_at'),
});

export const mintedObjectTable = clinicSchema.table('minted_object', {
  id: text('id').$type<ObjectId>().primaryKey(),
  visitId: text('visit_id').$type<VisitId>().notNull(),
  staffId: text('staff_id').$type<StaffId>().notNull(),
  mintedAt: time('minted_at').notNull(),
});

export const sealedObjectTable = clinicSchema.table('sealed_object', {
  id: text('id').$type<ObjectId>().primaryKey(),
  kind: text('kind', { enum: ['note', 'recording'] }).notNull(),
  manifest: bytea('manifest').notNull(),
  /** Null for a recording: its runs are in the storage. */
  run: bytea('run'),
  storedAt: time('stored_at').notNull(),
});

export const objectRegistrationTable = clinicSchema.table('object_registration', {
  id: text('id').$type<ObjectId>().primaryKey(),
  statement: text('statement').notNull(),
  registeredAt: time('registered_at').notNull(),
});

export const storedObjectTable = clinicSchema.table('stored_object', {
  id: text('id').$type<ObjectId>().primaryKey(),
  folder: text('folder').notNull(),
  beganAt: time('began_at').notNull(),
});

export const grantedPartTable = clinicSchema.table(
  'granted_part',
  {
    id: text('id').$type<ObjectId>().notNull(),
    leaf: text('leaf').notNull(),
    length: integer('length').notNull(),
    grantedAt: time('granted_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.id, table.leaf] })],
);

export const handedInRecordingTable = clinicSchema.table(
  'handed_in_recording',
  {
    id: text('id').$type<ObjectId>().notNull(),
    manifestHash: text('manifest_hash').notNull(),
    manifest: bytea('manifest').notNull(),
    evidence: text('evidence').notNull(),
    handedInAt: time('handed_in_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.id, table.manifestHash] })],
);

export const sealedRecordingTable = clinicSchema.table('sealed_recording', {
  id: text('id').$type<ObjectId>().primaryKey(),
  recording: text('recording').$type<RecordingId>().notNull(),
  track: integer('track').notNull(),
  evidence: text('evidence').notNull(),
});

export const removedObjectTable = clinicSchema.table('removed_object', {
  id: text('id').$type<ObjectId>().primaryKey(),
  reason: text('reason', { enum: ['shredded', 'abandoned'] }).notNull(),
  removedAt: time('removed_at').notNull(),
});

export const retainedObjectTable = clinicSchema.table('retained_object', {
  id: text('id').$type<ObjectId>().primaryKey(),
  retainedUntil: time('retained_until').notNull(),
});

export const heldObjectTable = clinicSchema.table('held_object', {
  id: text('id').$type<ObjectId>().primaryKey(),
  heldAt: time('held_at').notNull(),
});

export const patientNoticeTable = clinicSchema.table('patient_notice', {
  patientId: text('patient_id').$type<PatientId>().primaryKey(),
  addressSealed: bytea('address_sealed').notNull(),
  locale: text('locale', { enum: noticeLocales }).notNull(),
  codeHash: bytea('code_hash'),
  codeTries: integer('code_tries').notNull().default(0),
  codeExpiresAt: time('code_expires_at').notNull(),
  confirmedAt: time('confirmed_at'),
});

export const mailTable = clinicSchema.table('mail', {
  id: text('id').$type<MailId>().primaryKey(),
  /** To whom: one of these three. */
  patientId: text('patient_id').$type<PatientId>(),
  staffInvitationId: text('staff_invitation_id').$type<StaffId>(),
  staffId: text('staff_id').$type<StaffId>(),
  kind: text('kind', { enum: mailKinds }).notNull(),
  messageSealed: bytea('message_sealed'),
  stopHash: bytea('stop_hash'),
  dueAt: time('due_at').notNull(),
  tries: integer('tries').notNull().default(0),
  sentAt: time('sent_at'),
  givenUpAt: time('given_up_at'),
  madeAt: time('made_at').notNull(),
});

export const toldOpeningsTable = clinicSchema.table('told_openings', {
  clinicId: text('clinic_id').$type<ClinicId>().primaryKey(),
  through: bigint('through', { mode: 'number' }).notNull(),
});
