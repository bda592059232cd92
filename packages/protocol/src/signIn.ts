import * as z from 'zod';
import { base64url } from './bytes.ts';
import { newPassword, signInMethods, signInRequest, time } from './clinic.ts';
import { clinicId, sessionId, staffId } from './ids.ts';
import { nonce, passkeyAssertion } from './keystore.ts';

/** How staff sign in beside `POST /api/session` (SPEC.md section 1). */

/** `POST /api/session/passkey/options`: 201. What a browser needs to ask for a passkey, for one sign-in. */
export const signInOptions = z.strictObject({
  nonce,
  /** Whose passkeys count: a host name. */
  rpId: z.string().min(1).max(253),
  expiresAt: time,
});
export type SignInOptions = z.infer<typeof signInOptions>;

/**
 * What a passkey signs to sign in (`challengeLabels.signIn`). Made by the browser, around the nonce: a server that chose the
 * whole challenge could have an act or a release signed by it.
 */
export const signInStatement = z.strictObject({ type: z.literal('sotto/sign-in/v1'), clinic: clinicId, nonce });
export type SignInStatement = z.infer<typeof signInStatement>;

/**
 * `POST /api/session/passkey`: answers `staffSession`. In a browser whose session is the same person's, that session goes on
 * under a new token, and a passkey has come to it. A wrong, an unknown and an ended passkey are all `unauthenticated`.
 */
export const passkeySignIn = z.strictObject({
  nonce,
  assertion: passkeyAssertion,
  /** Whose the page takes it to be, who is signed in there: another one's is `forbidden`, and changes nothing. */
  staff: staffId.optional(),
});
export type PasskeySignIn = z.infer<typeof passkeySignIn>;

/**
 * `POST /api/session` answers 202 with it where a right password isn't enough. `code`: the same again, with one of the account's.
 * `isWrong`: the one that came with it isn't one of those.
 */
export const signInStep = z.strictObject({ needs: z.enum(['passkey', 'code']), isWrong: z.boolean() });
export type SignInStep = z.infer<typeof signInStep>;

/** `POST /api/session/activity`: how long ago somebody last did something in this browser; page loads and polls don't count. */
export const activityReport = z.strictObject({
  idleSeconds: z
    .int()
    .min(0)
    .max(7 * 24 * 3600),
});
export type ActivityReport = z.infer<typeof activityReport>;

/** `POST /api/session/unlock`, for a session to which no passkey came; one is unlocked by `POST /api/session/passkey`. */
export const unlockRequest = signInRequest.omit({ email: true });
export type UnlockRequest = z.infer<typeof unlockRequest>;

// ── where somebody is signed in ──────────────────────────────────────────────────────────────────────────────
export const browserNames = ['chrome', 'edge', 'firefox', 'safari', 'other'] as const;
export const systemNames = ['windows', 'macos', 'linux', 'android', 'ios', 'other'] as const;
/** A device, as far as its browser says what it is. */
export const device = z.strictObject({ browser: z.enum(browserNames), system: z.enum(systemNames) });
export type Device = z.infer<typeof device>;

/** `address`: from which network address; null where it isn't known. */
const where = { device, address: z.string().max(45).nullable() };

/** `GET /api/sessions`: one's own that are alive, the newest first. */
export const ownSessions = z.strictObject({
  sessions: z
    .array(
      z.strictObject({
        id: sessionId,
        ...where,
        method: z.enum(signInMethods),
        /** By what the provider says to know whose it is, in its own terms (`acr`, `amr`); null where it doesn't say. */
        said: z.string().max(256).nullable(),
        /** Whether a passkey began it or came to it. */
        hasPasskey: z.boolean(),
        beganAt: time,
        /** Whether it is the one that asks. */
        isThis: z.boolean(),
      }),
    )
    .max(200),
});
export type OwnSessions = z.infer<typeof ownSessions>;

/** `DELETE /api/sessions/:sessionId` ends one of one's own (204; `notFound` for another's), `DELETE /api/sessions` all but the one that asks. */
export const sessionPath = z.strictObject({ sessionId });

/**
 * `GET /api/sessions/devices`: devices that signed in for the first time, which nobody has said to know yet. A device is told of others, never of itself, and only once it is known or a passkey has come to its session.
 */
export const newDevices = z.strictObject({ devices: z.array(z.strictObject({ ...where, at: time })).max(20) });
export type NewDevices = z.infer<typeof newDevices>;

/** `POST /api/sessions/devices/known`: one knows these, of those that one was told of, by when they came (204). */
export const knownDevices = z.strictObject({ at: z.array(time).min(1).max(20) });
export type KnownDevices = z.infer<typeof knownDevices>;

// ── what somebody has beside their password ──────────────────────────────────────────────────────────────────
/** `GET /api/session/factors` */
export const secondFactors = z.strictObject({
  /** Codes of an authenticator app (RFC 6238). `waiting`: made, and not confirmed by a code yet. */
  totp: z.enum(['none', 'waiting', 'on']),
  /** How many recovery codes are left. */
  recoveryCodes: z.int().min(0),
  /** Whether the session that asks shows the password to change them (`factorProof`): one without a passkey. */
  needsPassword: z.boolean(),
  /** Whether a passkey came to it within five minutes: then a provider is bound and a first password chosen without showing more. */
  hasFreshPasskey: z.boolean(),
  /** False for an account that was begun through the clinic's provider, before its holder chooses one. */
  hasPassword: z.boolean(),
  /** By which the account signs in. */
  email: z.email(),
  /** Whether the clinic's provider knows whose account it is; null without one. */
  isBound: z.boolean().nullable(),
});
export type SecondFactors = z.infer<typeof secondFactors>;

/**
 * What is shown to change them: the account's password. Null in a session with a passkey, which shows nothing more; to bind a provider, in one to which it came within five minutes. `wrongState` for
 * one that isn't the account's, `forbidden` where it is missing, and in a session that a password alone began beside anything more.
 */
export const factorProof = z.strictObject({ password: signInRequest.shape.password.nullable() });
export type FactorProof = z.infer<typeof factorProof>;

/**
 * `POST /api/session/password`: 204; the account's other sessions are over. `current` is null where there is none yet, and then a
 * passkey came to the session within five minutes. A session without a passkey brings a code where there is an app: `wrongState` for a wrong password or code,
 * `forbidden` where something is missing.
 */
export const passwordChange = z.strictObject({
  current: signInRequest.shape.password.nullable(),
  code: signInRequest.shape.code,
  next: newPassword,
});
export type PasswordChange = z.infer<typeof passwordChange>;

/**
 * `POST /api/session/factors/totp` with a `factorProof`: 201. A secret for an authenticator app, told this once; `/removal` with another
 * proof ends what counts (204).
 */
export const newTotp = z.strictObject({
  /** In base32. */
  secret: z.string().regex(/^[A-Z2-7]{16,128}$/),
  /** `otpauth://`, for a QR code. */
  uri: z.string().startsWith('otpauth://totp/').max(4096),
});
export type NewTotp = z.infer<typeof newTotp>;

/**
 * `POST /api/session/factors/totp/confirmation`: from now on it counts, and the account's other sessions that a password alone began are
 * over. `wrongState` for a code that isn't one of it.
 */
export const totpConfirmation = z.strictObject({ code: z.string().regex(/^\d{6}$/) });

/**
 * The answer to it, and to `POST /api/session/factors/recovery-codes` with a `factorProof` (201; `notFound` without an app): ten codes, told this once, each good for one sign-in beside
 * the password, in place of all before them.
 */
export const recoveryCodes = z.strictObject({ codes: z.array(z.string()).length(10) });
export type RecoveryCodes = z.infer<typeof recoveryCodes>;

// ── through the clinic's provider of OpenID Connect ─────────────────────────────────────────────────────────
/**
 * Where a page sends its browser, and a short-lived cookie with what the answer is checked against: 201 of
 * `POST /api/session/oidc/start` (to sign in), `POST /api/session/factors/oidc` with a `factorProof` (to bind who the provider says
 * to one's own account) and `POST /api/account/oidc` with an `accountLinkRequest` (to begin the account that a link is for).
 * `notFound` without a provider, `unavailable` while it doesn't answer.
 */
export const oidcStart = z.strictObject({ url: z.url({ protocol: /^https?$/ }).max(4096) });
export type OidcStart = z.infer<typeof oidcStart>;

/**
 * `POST /api/session/oidc`: what the provider answered behind the `#` of `/oidc/`. `staffSession` and the staff cookie, or 204 where it
 * was bound. `unauthenticated` for an answer that this browser didn't ask for, an old or a used one, and one that the provider takes
 * back; `notFound` for somebody whom no account knows, or a disabled one does; `conflict` where the provider's account is somebody
 * else's here, or one's own has another; `forbidden` where whoever wished to bind it isn't signed in any more.
 */
export const oidcReturn = z.strictObject({
  state: base64url(43),
  code: z.string().min(1).max(4096),
  iss: z.url().max(512).optional(),
});
export type OidcReturn = z.infer<typeof oidcReturn>;
