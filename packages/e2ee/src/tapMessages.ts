import { leafThumbprint, participantId } from '@sotto/protocol/ids';
import * as z from 'zod';

/**
 * What crosses the port between the worker's tap and whoever records (SPEC.md section 8.1). Both ends parse what they
 * receive.
 */
const count = z.int().nonnegative();

/** A frame as it was before sealing, or after opening. Frames of a track come in the order in which they were taken. */
export const tappedFrame = z.strictObject({
  type: z.literal('frame'),
  participantId,
  leaf: leafThumbprint,
  track: z.int().min(0).max(65_535),
  kind: z.enum(['audio', 'video']),
  /** Tells the layers of a simulcast apart (its SSRC); 0 where the browser doesn't say. */
  layer: count,
  /** Whether it can be decoded by itself; of sound, each can. */
  isKey: z.boolean(),
  /** The sender's media time in units of 100 µs. It doesn't wrap, and is one clock for all tracks of a leaf. */
  mediaTime: z.int(),
  /** When it was taken, in ms of the worker's monotonic clock: the same for all leaves. */
  at: z.number(),
  /** Frames of this track that were left out right before this one: too slowly taken off, or not to be recorded any more. */
  lost: count,
  data: z.instanceof(ArrayBuffer),
});
export type TappedFrame = z.infer<typeof tappedFrame>;

/** Tap → recorder: some frames at a time, in the order in which they were taken. After `ended` nothing comes. */
export const tapMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('frames'), frames: z.array(tappedFrame).min(1) }),
  z.strictObject({ type: z.literal('ended') }),
]);
export type TapMessage = z.infer<typeof tapMessage>;

/** Recorder → tap: so many frames were dealt with, and as many more may come. */
export const tapCredit = z.strictObject({ type: z.literal('taken'), frames: z.int().positive() });
export type TapCredit = z.infer<typeof tapCredit>;
