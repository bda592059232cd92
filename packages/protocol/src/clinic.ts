import * as z from 'zod';
import { base64url } from './bytes.ts';
import { compactJws, identityKey } from './credential.ts';
import { clinicId, guestKind, leafThumbprint, participantId, patientId, roles, staffId, visitId } from './ids.ts';

/**
 * Client ↔ api over HTTPS, JSON (SPEC.md section 1). Request bodies are strict; responses are serialised through
 * these schemas, so a field that isn't declared never leaves. Times are RFC 3339 with an offset.
 */
export const time = z.iso.datetime({ offset: true });
export const personName = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .regex(/^[^\p{Cc}\p{Cf}]+$/u);

/** A day, `1954-03-09`. */
export const birthDate = z.iso.date().refine((date) => date >= '1900-01-01');
export type BirthDate = z.infer<typeof birthDate>;

/** Whether a visit is made without the patient's date of birth. */
export const birthDateSettings = ['required', 'optional'] as const;
export type BirthDateSetting = (typeof birthDateSettings)[number];

/** Which physicians a clinic's visits take: any that the api vouches for, or only those who prove themselves too. */
export const cliniciansSettings = ['any', 'proven'] as const;
export type CliniciansSetting = (typeof cliniciansSettings)[number];

/** `GET /api/config`: what a client needs before anybody has signed in. */
export const clientConfig = z.strictObject({
  clinic: z.strictObject({ id: clinicId, name: personName }),
  signalingUrl: z.url({ protocol: /^https$/ }),
  identityKeys: z.array(identityKey).min(1).max(8),
  /** `proven`: physicians must prove themselves by the keystore's directory (packages/e2ee/SPEC.md section 2.1). */
  clinicians: z.enum(cliniciansSettings),
  /** The clinic's provider of OpenID Connect, by the name that staff know it by, and whether people sign in there each time; null without one. */
  provider: z.strictObject({ label: personName, asksAnew: z.boolean() }).nullable(),
  birthDates: z.enum(birthDateSettings),
});
export type ClientConfig = z.infer<typeof clientConfig>;

/** `GET /api/health`: the api and its database answer. `unavailable` otherwise. */
export const health = z.strictObject({ status: z.literal('ok') });

// ── staff ────────────────────────────────────────────────────────────────────────────────────────────────────
/** `POST /api/session`. A wrong pair is `unauthenticated`, whichever half was wrong. */
export const signInRequest = z.strictObject({
  email: z.email().max(254),
  password: z.string().min(1).max(256),
  /** Of an authenticator app, or a recovery code: where the password isn't enough. */
  code: z.string().min(1).max(64).optional(),
});
export const minPasswordLength = 12;
export const newPassword = z.string().min(minPasswordLength).max(256);
/** What a member of staff is in the clinic. Only physicians have visits. */
export const staffRoles = ['physician', 'nurse', 'privacyOfficer', 'staff', 'admin'] as const;
export type StaffRole = (typeof staffRoles)[number];
/** By what a session began. */
export const signInMethods = ['passkey', 'password', 'totp', 'recovery', 'oidc'] as const;
export type SignInMethod = (typeof signInMethods)[number];
/** How a session of staff stands to the idle lock. `POST /api/session/activity` answers it. */
export const idleLock = z.strictObject({
  /** After so long without anything done it locks. */
  afterSeconds: z.int().min(1),
  /** For so long nothing was done, as far as the api has heard. */
  idleSeconds: z.int().min(0),
  isLocked: z.boolean(),
  /** What unlocks it: a passkey alone, or the password too with what goes with it. */
  unlocksBy: z.enum(['passkey', 'password']),
});
export type IdleLock = z.infer<typeof idleLock>;

/** So often at most browsers report that somebody is there: a lock may come so much sooner than by their own clock. */
export const reportSeconds = (afterSeconds: number): number => Math.min(60, Math.ceil(afterSeconds / 4));

/** `GET /api/session` and the answer to signing in. `DELETE /api/session` revokes. */
export const staffSession = z.strictObject({
  staff: z.strictObject({
    id: staffId,
    name: personName,
    /** What they are called; it lets them do nothing. */
    role: z.enum(staffRoles),
    /** The roles that they hold at present, from wherever and at whichever hours each counts: what pages go by. */
    roles: z.array(z.enum(staffRoles)).max(staffRoles.length),
    /** While the account is suspended: the roles that don't count until that is lifted. Null while it isn't. */
    resting: z.array(z.enum(staffRoles)).max(staffRoles.length).nullable(),
  }),
  method: z.enum(signInMethods),
  /** Whether visits are hosted and sealed things opened from it: a passkey began it, or came to it later. */
  mayHost: z.boolean(),
  idleLock,
  expiresAt: time,
});
export type StaffSession = z.infer<typeof staffSession>;

export const visitStatuses = ['scheduled', 'open', 'ended', 'cancelled'] as const;

/** One row of `GET /api/visits?from=…&to=…` (own visits, at most 31 days), and `GET /api/visits/:visitId`. */
export const visit = z.strictObject({
  id: visitId,
  patient: z.strictObject({ name: personName, participantId }),
  clinician: z.strictObject({ name: personName, participantId }),
  startsAt: time,
  minutes: z.int().min(5).max(240),
  status: z.enum(visitStatuses),
  invitation: z.discriminatedUnion('state', [
    z.strictObject({ state: z.literal('none') }),
    z.strictObject({ state: z.literal('active'), expiresAt: time }),
    z.strictObject({ state: z.literal('revoked') }),
    z.strictObject({ state: z.literal('expired') }),
    /** Somebody was wrong about the patient's date of birth five times. */
    z.strictObject({ state: z.literal('locked') }),
    /** It opens nothing yet: the clinic requires a date of birth, and has none of this patient. */
    z.strictObject({ state: z.literal('undated') }),
  ]),
});
export type Visit = z.infer<typeof visit>;
export const visitList = z.strictObject({ visits: z.array(visit).max(500) });
export const visitQuery = z.strictObject({ from: time, to: time });
/** `PUT /api/visits/{visitId}/birth-date`: in place of what its patient's link asks for. */
export const birthDateRequest = z.strictObject({ birthDate });
export const createVisitRequest = z.strictObject({
  patientName: personName,
  /** Asked of whoever opens the link. May be left out where the clinic's setting says so. */
  birthDate: birthDate.optional(),
  /** Whoever was found to be the same person; somebody new otherwise. Takes the date of birth. */
  patientId: patientId.optional(),
  startsAt: time,
  minutes: z.int().min(5).max(240),
});
/** `POST /api/patients/find`: whether somebody was here before, by what is typed for a new visit of theirs. */
export const findPatientsRequest = z.strictObject({ patientName: personName, birthDate });
/** So many of one name and date of birth are told apart; more aren't found. */
export const maxFoundPatients = 10;
/** Those who were, the newest first. */
export const foundPatients = z.strictObject({
  patients: z
    .array(
      z.strictObject({
        id: patientId,
        /** On which day by the clinic's clock, and whether with whoever asks; null where no visit took place. */
        lastVisit: z.strictObject({ on: z.iso.date(), isOwn: z.boolean() }).nullable(),
      }),
    )
    .max(maxFoundPatients),
  /** False while some of the clinic's patients can't be found. */
  isAll: z.boolean(),
});
export type FoundPatients = z.infer<typeof foundPatients>;
/** `POST /api/visits/:visitId/end` needs no body and answers the visit: no tickets and links any more. */
export const visitPath = z.strictObject({ visitId });

/**
 * `GET /api/visits/:visitId/invitation` (the active one; `notFound` if there is none) and `POST` (a new one; the one
 * before stops working). `DELETE` revokes. The secret goes behind the `#` of `/join`, never to a server log.
 */
export const invitation = z.strictObject({ url: z.url().max(512), expiresAt: time });
export type Invitation = z.infer<typeof invitation>;

// ── patients and guests ──────────────────────────────────────────────────────────────────────────────────────
/** 256 random bits. */
export const invitationSecret = base64url(43).brand<'InvitationSecret'>();
export type InvitationSecret = z.infer<typeof invitationSecret>;
/**
 * `POST /api/join`: turns an invitation's secret into a session for that one visit. Where the clinic has the patient's date of birth it
 * is `invalid` without that and `forbidden` with another; a browser that has a session by the same link isn't asked again.
 */
export const joinRequest = z.strictObject({ secret: invitationSecret, birthDate: birthDate.optional() });
/** The answer, and `GET /api/join` with the session. `DELETE /api/join` ends the session. */
const joined = {
  clinicName: personName,
  clinicianName: personName,
  clinicianParticipantId: participantId,
  visitId,
  participantId,
  startsAt: time,
  minutes: z.int().min(5).max(240),
  status: z.enum(visitStatuses),
};
export const patientJoinView = z.strictObject({
  role: z.literal(roles.patient),
  ...joined,
  patientName: personName,
  /** By which the keystore knows them, and their own browser what is kept of their keys. */
  patientId,
});
export type PatientJoinView = z.infer<typeof patientJoinView>;
/** A guest isn't told who the patient is before somebody in the visit says so. */
export const guestJoinView = z.strictObject({
  role: z.literal(roles.guest),
  ...joined,
  guestName: personName,
  kind: guestKind,
  /** When they have to be out; it may be put off. */
  endsAt: time,
});
export type GuestJoinView = z.infer<typeof guestJoinView>;
export const joinView = z.discriminatedUnion('role', [patientJoinView, guestJoinView]);
export type JoinView = z.infer<typeof joinView>;

// ── both ─────────────────────────────────────────────────────────────────────────────────────────────────────
/** `POST /api/visits/:visitId/ticket` (staff) and `POST /api/join/ticket` (patient, guest). */
export const ticketRequest = z.strictObject({ leaf: leafThumbprint });
export const ticketGrant = z.strictObject({
  ticket: compactJws,
  credential: compactJws,
  /** What the credential commits to; told to the other members inside the group, never to signaling. */
  name: z.strictObject({ name: personName, salt: base64url(22) }),
  participantId,
});
export type TicketGrant = z.infer<typeof ticketGrant>;

/** Why a link doesn't open, as the page behind it tells it apart; carried by `code` of the error body. */
export const joinRefusals = {
  unknownOrRevoked: 'notFound',
  birthDateMissing: 'invalid',
  birthDateWrong: 'forbidden',
  birthDateUnknown: 'conflict',
  over: 'wrongState',
  tooMany: 'rateLimited',
} as const;
