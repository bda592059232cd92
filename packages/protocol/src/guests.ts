import * as z from 'zod';
import { personName, time } from './clinic.ts';
import { guestKind, participantId, visitId } from './ids.ts';

// Whom a visit's physician invites besides the patient, for a while (SPEC.md section 1, "Guests").

/** Guests of one visit whose link works: with the patient and a physician they are twenty people. */
export const maxGuests = 18;
/** An end lies at least so far ahead, so that there is time to come in. */
export const shortestStaySeconds = 30;

/** `invited`: the link works. `over`: the time has come; it may be put off. `withdrawn`: for good. */
export const guestStates = ['invited', 'over', 'withdrawn'] as const;

/** A guest as the visit's physician sees them. */
export const guest = z.strictObject({
  participantId,
  kind: guestKind,
  name: personName,
  /** When they have to be out: `exp` of their credentials. */
  endsAt: time,
  state: z.enum(guestStates),
});
export type Guest = z.infer<typeof guest>;

/** `GET /api/visits/:visitId/guests`, in the order of inviting. */
export const guestList = z.strictObject({ guests: z.array(guest).max(100) });

/** `POST /api/visits/:visitId/guests`. */
export const inviteGuestRequest = z.strictObject({ kind: guestKind, name: personName, endsAt: time });
export type InviteGuestRequest = z.infer<typeof inviteGuestRequest>;
/** The answer, and to `GET /api/visits/:visitId/guests/:participantId/invitation`. */
export const guestInvitation = z.strictObject({ guest, url: z.url().max(512) });
export type GuestInvitation = z.infer<typeof guestInvitation>;

/** `PUT /api/visits/:visitId/guests/:participantId/end` puts the end off, and answers the guest. */
export const guestEndRequest = z.strictObject({ endsAt: time });

export const guestPath = z.strictObject({ visitId, participantId });

/** `GET /api/join/guests`: as what people come, for the others in the visit. Names and ends they learn inside the group. */
export const guestKindList = z.strictObject({
  guests: z.array(z.strictObject({ participantId, kind: guestKind })).max(100),
});
export type GuestKindList = z.infer<typeof guestKindList>;
