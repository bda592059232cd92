import * as z from 'zod';
import { base64url } from './bytes.ts';
import { newPassword, personName, signInRequest, staffRoles, time } from './clinic.ts';
import { staffId } from './ids.ts';
import { noticeLocales } from './patientNotices.ts';
import { roleHours, roleLimits } from './roleLimits.ts';

/** Administration of the clinic's staff: who they are, and which roles they hold (SPEC.md section 1.3). */

/** Whether a role counts: not yet, now (from its network, at its hours), no more, or not until a suspension is lifted. */
const roleStates = ['ahead', 'held', 'resting', 'over'] as const;

/** One role that somebody was given, with the limits it was given with. */
const heldRole = z.strictObject({
  id: base64url(22),
  role: z.enum(staffRoles),
  state: z.enum(roleStates),
  from: time,
  until: time.nullable(),
  network: z.string().max(64).nullable(),
  hours: roleHours.nullable(),
  /**
   * Other roles of theirs that count and lack a limit that this one has. Roles add up: what one of those lets them do too,
   * this one's limits don't keep them from.
   */
  liftedBy: z.array(z.enum(staffRoles)).max(staffRoles.length),
});
export type HeldRole = z.infer<typeof heldRole>;

/** So many roles of one person are told; those that count, or are to, are far fewer. */
export const maxRolesShown = 200;

const staffPerson = z.strictObject({
  id: staffId,
  name: personName,
  email: z.email().max(254),
  /** Null for an account that can sign in. */
  disabledAt: time.nullable(),
  /** Since when its roles rest, until an officer lifts that: then it isn't let go; null otherwise. */
  suspendedAt: time.nullable(),
  /** Whether the clinic's provider lets them in. */
  isBound: z.boolean(),
  /** Those that count first, then those ahead, then those that are over, the newest first: of them no more than there is room for. */
  roles: z.array(heldRole).max(maxRolesShown),
});
export type StaffPerson = z.infer<typeof staffPerson>;

/** So many invitations of a clinic are open at a time. */
export const maxOpenInvitations = 200;

/** Somebody who was invited, and hasn't chosen a password yet. */
const staffInvitation = z.strictObject({
  /** Of the account that it will be. */
  id: staffId,
  name: personName,
  email: z.email().max(254),
  role: z.enum(staffRoles),
  expiresAt: time,
});
export type StaffInvitation = z.infer<typeof staffInvitation>;

/** `GET /api/people`: everybody of the staff, by name. */
export const staffPeople = z.strictObject({
  /** By which hours are told: an IANA name. */
  timeZone: z.string().max(64),
  people: z.array(staffPerson).max(2000),
  invitations: z.array(staffInvitation).max(maxOpenInvitations),
});
export type StaffPeople = z.infer<typeof staffPeople>;

/**
 * `POST /api/people/:staffId/roles`: `conflict` if they hold it already, or are to; `wrongState` if the account is disabled;
 * `invalid` also for an end that has passed. Nobody gives a role to themselves: `forbidden`.
 */
export const giveRoleRequest = z.strictObject({ role: z.enum(staffRoles), limits: roleLimits });

export const staffPath = z.strictObject({ staffId });
/** `DELETE /api/people/:staffId/roles/:role`: `notFound` if they don't hold it, `conflict` if too few would be left of it: one
 * administrator and two privacy officers, with roles that have no limits and no end, or as many as there are if that is fewer. */
export const rolePath = z.strictObject({ staffId, role: z.enum(staffRoles) });

/**
 * `POST /api/people/:staffId/disable` lets somebody go: 204; `wrongState` if that was done, `conflict` as for the end of a role,
 * `forbidden` for oneself. `POST /api/people/:staffId/enable` lets them sign in again, without a role.
 *
 * `GET /api/people/:staffId/open`: what is left for others to see to. Passkeys are the keystore's to tell.
 */
export const leftOpen = z.strictObject({
  /** Visits of theirs that are ahead or going on. */
  visits: z.int().nonnegative(),
  /** Notes and recordings that they began and nobody handed in; their browser has what there is of them. */
  unfinished: z.int().nonnegative(),
});
export type LeftOpen = z.infer<typeof leftOpen>;

/**
 * `POST /api/people/invitations`: 204, and a mail with a link that works once, for two days; `conflict` for an address that has an
 * account, `wrongState` while `maxOpenInvitations` are open, `rateLimited` after 60 in an hour. A new one takes the place of one
 * before. `DELETE /api/people/invitations/:staffId` withdraws it: `notFound` if it is over.
 */
export const inviteStaffRequest = z.strictObject({
  name: personName,
  email: z.email().max(254).toLowerCase(),
  role: z.enum(staffRoles),
  /** Of the mail. */
  locale: z.enum(noticeLocales),
});
export type InviteStaffRequest = z.infer<typeof inviteStaffRequest>;

/** 256 random bits, behind the `#` of the link. */
export const accountSecret = base64url(43);
/** `POST /api/account/invitation`: for whom a link is; `notFound` for one that doesn't work any more. Anybody may ask who has it. */
export const accountLinkRequest = z.strictObject({ secret: accountSecret });
export const accountOffer = z.strictObject({ clinicName: personName, name: personName, email: z.email() });

/** `POST /api/account`: 204, and the account is there, with its role; then its holder signs in. */
export const newAccountRequest = z.strictObject({
  secret: accountSecret,
  password: newPassword,
});

/**
 * `POST /api/people/:staffId/sign-in-reset`: 204. Their authenticator app and recovery codes are forgotten, and they are signed out
 * everywhere; `wrongState` if the account is disabled, `forbidden` for oneself.
 *
 * `POST /api/people/:staffId/new-password`: 204, and a mail with a link by which they choose a new password, once, for a day; it takes
 * the place of one before. `wrongState` if the account is disabled, `forbidden` for oneself, `rateLimited` after 60 in an hour, and
 * `conflict` where the one who asks has taken away their app: then it takes another administrator.
 */
export const newPasswordMailRequest = z.strictObject({ locale: z.enum(noticeLocales) });

/**
 * `POST /api/account/new-password/offer` with an `accountLinkRequest`: whose password it is, and what is shown beside the link: a code of
 * the app or a recovery code, a passkey (a session of theirs in this browser that has one), or nothing, where they have nothing.
 */
export const newPasswordOffer = z.strictObject({
  ...accountOffer.shape,
  needs: z.enum(['code', 'passkey', 'nothing']),
});
export type NewPasswordOffer = z.infer<typeof newPasswordOffer>;
/**
 * `POST /api/account/new-password`: 204; every session of theirs is over. `notFound` for a link that doesn't work any more, `forbidden`
 * where what it needs isn't shown, `wrongState` for a wrong code.
 */
export const newPasswordRequest = z.strictObject({
  secret: accountSecret,
  password: newPassword,
  code: signInRequest.shape.code,
});
export type NewPasswordRequest = z.infer<typeof newPasswordRequest>;
