import { base64urlUpTo } from '@sotto/protocol/bytes';
import { consentEvidence, recordingReasons } from '@sotto/protocol/consent';
import { objectId, participantId, recordingId, roles, staffId, visitId } from '@sotto/protocol/ids';
import { releaseRequest } from '@sotto/protocol/keystore';
import { keystoreIdentity, maxManifestText, releaseAnswer } from '@sotto/protocol/keystoreRoutes';
import { partList } from '@sotto/protocol/recordings';
import * as z from 'zod';
import { failureCode, writer } from '../release/messages.ts';

/**
 * Between the page and the worker that plays. Keys and seeds never cross, and plaintext only on the ports that
 * `serve` brings. With `open` comes the port on which the worker asks for sealed octets.
 */
const track = z.int().min(0).max(65_535);

export const toPlayer = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('begin') }),
  z.strictObject({
    type: z.literal('open'),
    request: releaseRequest,
    answer: releaseAnswer,
    recording: recordingId,
    /** In which it must have been recorded; null where that isn't known. */
    visit: visitId.nullable(),
    pins: keystoreIdentity.pick({ clinic: true, statementKey: true, logKey: true, witnessKey: true, rpId: true }),
    /** Passkeys of the directory, each checked under the pinned key. */
    writers: z.array(writer),
    objects: z
      .array(
        z.strictObject({
          object: objectId,
          track,
          manifest: base64urlUpTo(maxManifestText),
          evidence: consentEvidence,
          parts: partList.shape.parts,
        }),
      )
      .min(1),
  }),
  /** With the port that the file is handed out on: `serve` to be played, of an opening; `read` to be saved, of a copy. */
  z.strictObject({ type: z.literal('serve'), track, range: z.string().nullable() }),
  z.strictObject({ type: z.literal('read'), track }),
]);
export type ToPlayer = z.infer<typeof toPlayer>;
export type PlayOrder = Extract<ToPlayer, { type: 'open' }>;

const openedTrack = z.strictObject({
  track,
  /** Who is on it. */
  participant: participantId,
  hasVideo: z.boolean(),
  hasAudio: z.boolean(),
  /** Octets of the file. */
  length: z.int(),
  /** Seconds on the timeline of the recording. */
  begins: z.number(),
  ends: z.number(),
  joints: z.array(z.number()),
});
export type OpenedTrack = z.infer<typeof openedTrack>;

/** What was checked before anything is played. */
const recordingChecks = z.strictObject({
  writer: staffId,
  askedBy: participantId,
  askedAt: z.string(),
  reason: z.enum(recordingReasons),
  sealedAt: z.string(),
  registeredAt: z.string(),
  agreed: z.array(z.strictObject({ participant: participantId, role: z.enum(roles), at: z.string() })),
  /** Who was recorded by the consents, and of whom nothing is here: withheld, not handed in, or nothing was sent. */
  missing: z.array(participantId),
  /** Whom the recorder's browser encoded anew, since it gave out no frames as they were sent. */
  encodedAnew: z.array(participantId),
  /** Places of this opening in the log, one a track. */
  indices: z.array(z.int().min(0)),
  /** Unix seconds; null when the witness hasn't cosigned. */
  witnessedAt: z.int().nullable(),
  isWitnessed: z.boolean(),
});
export type RecordingChecks = z.infer<typeof recordingChecks>;

const playbackCode = z.enum(['unreachable', 'missing', 'spoilt', 'empty', 'unsupported']);

export const fromPlayer = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('viewerKey'), viewerKey: z.string() }),
  /** A recording that was interrupted is looked through before it plays: how much of it, 0 to 1. */
  z.strictObject({ type: z.literal('progress'), share: z.number() }),
  z.strictObject({ type: z.literal('opened'), tracks: z.array(openedTrack), checks: recordingChecks }),
  /** What was answered doesn't prove what it says. */
  z.strictObject({ type: z.literal('refused'), code: failureCode }),
  /** While opening, or later: nothing is played any more. */
  z.strictObject({ type: z.literal('failed'), code: playbackCode }),
]);
export type FromPlayer = z.infer<typeof fromPlayer>;
