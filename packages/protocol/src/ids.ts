import * as z from 'zod';
import { base64url } from './bytes.ts';

/**
 * Ids are branded: swapping two of them doesn't compile. Ours are 128 random bits in base64url (22 characters)
 * and mean nothing outside the database that issued them; mediasoup's are UUIDs.
 */
const opaque = base64url(22);

export const clinicId = opaque.brand<'ClinicId'>();
export type ClinicId = z.infer<typeof clinicId>;
export const visitId = opaque.brand<'VisitId'>();
export type VisitId = z.infer<typeof visitId>;
export const staffId = opaque.brand<'StaffId'>();
export type StaffId = z.infer<typeof staffId>;
export const patientId = opaque.brand<'PatientId'>();
export type PatientId = z.infer<typeof patientId>;
/** One sealed object (packages/vault). */
export const objectId = opaque.brand<'ObjectId'>();
export type ObjectId = z.infer<typeof objectId>;
/** One recording of a visit: of all who take part, an object each. */
export const recordingId = opaque.brand<'RecordingId'>();
export type RecordingId = z.infer<typeof recordingId>;
/** One person in one visit: a pseudonym that differs from visit to visit. All that signaling knows of a person. */
export const participantId = opaque.brand<'ParticipantId'>();
export type ParticipantId = z.infer<typeof participantId>;
/** One session of a person with the api, told apart from others of the same person; not what the cookie holds. */
export const sessionId = opaque.brand<'SessionId'>();
export type SessionId = z.infer<typeof sessionId>;
/** One connection of a participant as the SFU knows it: chosen by signaling, new at every join. */
export const peerId = opaque.brand<'PeerId'>();
export type PeerId = z.infer<typeof peerId>;
/** One SFU room: chosen by signaling, unrelated to the visit's id. */
export const roomId = opaque.brand<'RoomId'>();
export type RoomId = z.infer<typeof roomId>;
export const nodeId = opaque.brand<'NodeId'>();
export type NodeId = z.infer<typeof nodeId>;

/** SHA-256 of a leaf's raw Ed25519 public key, base64url. */
export const leafThumbprint = base64url(43).brand<'LeafThumbprint'>();
export type LeafThumbprint = z.infer<typeof leafThumbprint>;
/** MLS group id: SHA-256 over (clinic, visit, incarnation), base64url (packages/e2ee/SPEC.md). */
export const groupId = base64url(43).brand<'GroupId'>();
export type GroupId = z.infer<typeof groupId>;

const mediasoupId = z.uuid();
export const transportId = mediasoupId.brand<'TransportId'>();
export type TransportId = z.infer<typeof transportId>;
export const producerId = mediasoupId.brand<'ProducerId'>();
export type ProducerId = z.infer<typeof producerId>;
export const consumerId = mediasoupId.brand<'ConsumerId'>();
export type ConsumerId = z.infer<typeof consumerId>;

export const roles = { physician: 'physician', patient: 'patient', guest: 'guest' } as const;
/**
 * What somebody is in a visit. A guest (an interpreter, family) is somebody whom a clinician lets in for a while: the
 * credential's `exp` is when they have to go. More roles come with the policy package.
 */
export const role = z.enum(roles);
export type Role = z.infer<typeof role>;

/** As what a guest comes. The clinic's word: in the call's encryption all of them are guests. */
export const guestKinds = ['interpreter', 'family', 'colleague', 'other'] as const;
export const guestKind = z.enum(guestKinds);
export type GuestKind = z.infer<typeof guestKind>;
