import { base64url, bytes } from '@sotto/protocol/bytes';
import { groupId, leafThumbprint, participantId, producerId, role, sessionId, staffId } from '@sotto/protocol/ids';
import { clinicianEntry, credentialId } from '@sotto/protocol/keystore';
import { caps, epoch } from '@sotto/protocol/signaling';
import * as z from 'zod';

/**
 * What the worker answers and tells, as values: each outcome's tag says what the call engine does next.
 */
export const kind = z.enum(['audio', 'video']);
const source = z.enum(['camera', 'microphone', 'screen']);
const count = z.int().nonnegative();
/** The sender's own number for a track: 16 bits, authenticated with each frame. */
export const trackNumber = z.int().min(0).max(0xffff);

/** One track as its sender announces it inside the group. */
export const announcedTrack = z.strictObject({ track: trackNumber, kind, source, producerId });
export type AnnouncedTrack = z.infer<typeof announcedTrack>;

/** By what clinicians' proofs are judged (SPEC.md section 2.1). */
export const directoryTrust = z.strictObject({
  /** The keystore's statement key as this browser knows it: Ed25519. */
  statementKey: base64url(43),
  rpId: z.string().min(1).max(253),
  /** Passkeys that are known to count no more: revoked, or replaced by another. */
  revoked: z.array(credentialId).max(10_000),
});
export type DirectoryTrust = z.infer<typeof directoryTrust>;

/** Whom the keystore's directory knows a leaf's owner as. It knows no names. */
export const knownClinician = z.strictObject({
  subject: staffId,
  licence: clinicianEntry.shape.licence,
});
export type KnownClinician = z.infer<typeof knownClinician>;

/** Who stood in the visit as which clinician of the directory. */
export const provenPerson = z.strictObject({ participantId, subject: staffId });
export type ProvenPerson = z.infer<typeof provenPerson>;

/** A leaf of the group whose credential was verified here. */
export const member = z.strictObject({
  participantId,
  role,
  /** Null for whom the api alone vouches: patients, guests, and clinicians without a proof. */
  clinician: knownClinician.nullable(),
  leaf: leafThumbprint,
  /** Position in the tree; the lowest one that is connected commits joins and removals. */
  leafIndex: count,
  isSelf: z.boolean(),
  /** What the person is called; null until their introduction matched the credential's commitment. */
  name: z.string().max(120).nullable(),
});
export type Member = z.infer<typeof member>;

/** An announced track with the member that announced it in a signed message. */
export const memberTrack = z.strictObject({ ...announcedTrack.shape, participantId, leaf: leafThumbprint });
export type MemberTrack = z.infer<typeof memberTrack>;

/** Why a leaf's credential isn't good here; SPEC.md section 2 has the checks, in this order. */
const credentialFaults = [
  /** Not a credential in any form that there is, or not signed as one. */
  'malformed',
  'expired',
  /** One's own, signed in the future by this device's clock. */
  'notYet',
  /** No identity key of the clinic has signed it. */
  'unknownSigner',
  'otherVisit',
  /** It is bound to another leaf key. */
  'otherLeaf',
  /** A physician without a proof, where the clinic demands one. */
  'noProof',
  /** A proof, and no keystore is known here by which to judge it. */
  'unknownKeystore',
  /** The directory's entry isn't signed by the keystore that is known here. */
  'forgedEntry',
  /** The entry is of another clinic. */
  'otherClinic',
  /** The entry isn't a physician's, or the credential isn't. */
  'otherRole',
  /** The entry's passkey was revoked or replaced. */
  'revoked',
  /** The proof's time is over, or ends further ahead than it may. */
  'proofTime',
  /** The passkey signed for another leaf, visit, clinic or time, or another kind of thing. */
  'challenge',
  /** On a page of somebody else's. */
  'origin',
  /** For another site's passkeys. */
  'rpId',
  'userPresence',
  /** Without fingerprint, face or code. */
  'userVerification',
  'backupState',
  /** Not signed by the entry's passkey. */
  'signature',
  /** This person stood in the visit as another clinician of the directory. */
  'otherClinician',
] as const;
export const credentialFault = z.enum(credentialFaults);
export type CredentialFault = z.infer<typeof credentialFault>;

export const authorizeOutcome = z.discriminatedUnion('tag', [
  z.strictObject({
    tag: z.literal('authorized'),
    participantId,
    role,
    expiresAt: z.int().positive(),
    /** A clinician's proof was handed over, and holds. */
    isProven: z.boolean(),
  }),
  z.strictObject({ tag: z.literal('refused'), reason: z.enum([...credentialFaults, 'otherName']) }),
]);
/** `expiresAt` is in Unix seconds. A refused grant leaves the worker unauthorized. */
export type AuthorizeOutcome = z.infer<typeof authorizeOutcome>;

export const leafRef = z.strictObject({ participantId, leaf: leafThumbprint });
export type LeafRef = z.infer<typeof leafRef>;

export const joiner = z.strictObject({
  ...leafRef.shape,
  role,
  session: sessionId,
  keyPackage: bytes(caps.keyPackage),
});
export type Joiner = z.infer<typeof joiner>;

/** What `mls:commit` of signaling takes. */
const pendingCommit = z.strictObject({
  groupId,
  epoch,
  commit: bytes(caps.commit),
  welcomes: z.array(z.strictObject({ to: participantId, leaf: leafThumbprint, welcome: bytes(caps.welcome) })).max(20),
  removed: z.array(leafRef).max(20),
});
export type PendingCommit = z.infer<typeof pendingCommit>;

/** Why a key package or a commit isn't taken; SPEC.md section 5 has the rules. */
const refusals = {
  /** Not an MLS message of the expected kind, suite and version, or its signature doesn't hold. */
  malformed: 'malformed',
  /** A credential that isn't valid here: signer, time, visit, or bound to another key. */
  credential: 'credential',
  /** The credential isn't the one that was named (person, role, leaf or session). */
  mismatch: 'mismatch',
  /** A proposal other than Add and Remove. */
  proposal: 'proposal',
  /** The committer may not add or remove this. */
  notEntitled: 'notEntitled',
  /** One person would stand in two leaves. */
  duplicateSubject: 'duplicateSubject',
  /** A leaf that stayed has another key, credential or capabilities than before. */
  leafChanged: 'leafChanged',
  /** Somebody's leaf would be replaced by one that is older than it. */
  outdated: 'outdated',
  /** No physician stands in the group. */
  noPhysician: 'noPhysician',
  /** Another group than this visit's incarnation, or one with extensions. */
  otherGroup: 'otherGroup',
  /** The message is by another member than signaling said. */
  sender: 'sender',
} as const;
export const refusal = z.enum(refusals);
export type Refusal = z.infer<typeof refusal>;

export const commitProposal = z.discriminatedUnion('tag', [
  z.strictObject({ tag: z.literal('pending'), commit: pendingCommit }),
  /** Everybody named is as asked already. */
  z.strictObject({ tag: z.literal('nothing') }),
  /** `leaf` is whose key package or removal was refused, where it was one. */
  z.strictObject({ tag: z.literal('refused'), reason: refusal, leaf: leafThumbprint.nullable() }),
]);
export type CommitProposal = z.infer<typeof commitProposal>;

export const epochChange = z.strictObject({
  epoch,
  added: z.array(leafRef).max(64),
  removed: z.array(leafRef).max(64),
});
/** What an adopted commit did. After one that added somebody, send `introduce()` and `announceTracks()` again. */
export type EpochChange = z.infer<typeof epochChange>;

export const commitOutcome = z.discriminatedUnion('tag', [
  z.strictObject({ tag: z.literal('adopted'), change: epochChange }),
  /** An authentic commit that breaks a rule. The state before stands; rejoin, or open a new incarnation. */
  z.strictObject({ tag: z.literal('rejected'), reason: refusal }),
  /** This leaf was removed, by somebody entitled to. Its keys are gone. */
  z.strictObject({ tag: z.literal('removedSelf') }),
  /** Of an epoch that is over, and the same commit that was adopted for it. Nothing to do. */
  z.strictObject({ tag: z.literal('stale') }),
  /** Doesn't follow from the state here: something was missed, reordered or forked. Rejoin as a new leaf. */
  z.strictObject({ tag: z.literal('forked') }),
]);
export type CommitOutcome = z.infer<typeof commitOutcome>;

export const joinOutcome = z.discriminatedUnion('tag', [
  z.strictObject({ tag: z.literal('joined'), epoch }),
  z.strictObject({ tag: z.literal('rejected'), reason: refusal }),
  /** No key package is waiting that this Welcome is for. */
  z.strictObject({ tag: z.literal('stale') }),
]);
export type JoinOutcome = z.infer<typeof joinOutcome>;

export const applicationOutcome = z.discriminatedUnion('tag', [
  z.strictObject({ tag: z.literal('accepted') }),
  /** Of the next epoch: kept, and processed once that is adopted. */
  z.strictObject({ tag: z.literal('held') }),
  /** Dropped: not authentic, not by whom signaling said, of an unknown kind, or it contradicts an earlier one. */
  z.strictObject({ tag: z.literal('dropped') }),
]);
export type ApplicationOutcome = z.infer<typeof applicationOutcome>;

/** Why a frame was dropped instead of sealed or opened. */
const dropReasons = {
  /** Not a frame of VP8 or Opus. */
  malformed: 'malformed',
  /** Sealing: no key yet, or sealing has stopped (`sealing` event). */
  notSealing: 'notSealing',
  /** The sender hasn't announced this producer in a signed message. */
  unannounced: 'unannounced',
  /** Sealed by another member than the one that announced the producer. */
  wrongSender: 'wrongSender',
  /** No key for it, within 300 ms and 32 frames. */
  unknownKey: 'unknownKey',
  /** The epoch is over. */
  oldEpoch: 'oldEpoch',
  /** Seen already, or 2,048 frames behind. */
  replayed: 'replayed',
  /** Authentication failed: wrong key, another track, or changed on the way. */
  notAuthentic: 'notAuthentic',
  /** Unexpected failure; the frame is lost, the track goes on. */
  failed: 'failed',
} as const;
export const dropReason = z.enum(dropReasons);
export type DropReason = z.infer<typeof dropReason>;

const drops = z.partialRecord(dropReason, count);
export const stats = z.strictObject({
  suite: z.literal('MLS_256_XWING_AES256GCM_SHA512_Ed25519'),
  epoch: epoch.nullable(),
  epochAgeMs: count.nullable(),
  senders: z.array(z.strictObject({ track: trackNumber, kind, sealed: count, passedEmpty: count, dropped: drops })),
  receivers: z.array(
    z.strictObject({
      producerId,
      kind,
      opened: count,
      passedEmpty: count,
      dropped: drops,
      /** Sender's media time of the latest frame, in units of 100 µs modulo 2^32. */
      mediaTime: count.nullable(),
    }),
  ),
});
export type CallCryptoStats = z.infer<typeof stats>;
