import { leafThumbprint, participantId, recordingId } from '@sotto/protocol/ids';
import { objectContext } from '@sotto/vault';
import * as z from 'zod';

/** What crosses the boundary between the page and the recorder's worker. Both ends parse what they receive. */
const octets = z.instanceof(Uint8Array<ArrayBuffer>);

export const recorderCommand = z.discriminatedUnion('type', [
  /** Records one more participant. */
  z.strictObject({
    type: z.literal('add'),
    recording: recordingId,
    participant: participantId,
    context: objectContext,
    publicKey: octets,
    /** Time 0, in ms since 1970 on the clock of `TappedFrame.at`. */
    zero: z.number(),
    /** What an earlier recorder has left of the object. */
    earlier: z.strictObject({ count: z.int().positive(), hash: octets }).nullable(),
  }),
  /** The call's tap, from now on. */
  z.strictObject({
    type: z.literal('tap'),
    port: z.custom<MessagePort>((value) => value instanceof MessagePort),
  }),
  /** Ends all of it; `ended` answers. */
  z.strictObject({ type: z.literal('end') }),
]);
export type RecorderCommand = z.infer<typeof recorderCommand>;

export const recorderEvent = z.discriminatedUnion('type', [
  /** A key frame should be asked for. */
  z.strictObject({ type: z.literal('wish'), leaf: leafThumbprint, track: z.int().min(0).max(65_535) }),
  /** A part may leave. */
  z.strictObject({ type: z.literal('part') }),
  /** Nothing more is recorded. `full`: there is no room on this device. */
  z.strictObject({ type: z.literal('failed'), reason: z.enum(['full', 'fault']) }),
  z.strictObject({ type: z.literal('ended') }),
]);
export type RecorderEvent = z.infer<typeof recorderEvent>;
