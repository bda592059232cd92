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
    /** Time 0, in ms since 1970 on the clock of `TappedFrame.at`: the same for all of a recorder's, whatever it slept. */
    zero: z.number(),
    /** What an earlier recorder has left of the object. */
    earlier: z.strictObject({ count: z.int().positive(), hash: octets }).nullable(),
  }),
  /** The call's tap, from now on. */
  z.strictObject({
    type: z.literal('tap'),
    port: z.custom<MessagePort>((value) => value instanceof MessagePort),
  }),
  /** What the browser's own recorder made of a participant, while the tap gives nothing of them: a WebM file as it comes. */
  z.strictObject({
    type: z.literal('encodedAnew'),
    participant: participantId,
    leaf: leafThumbprint,
    /** When this file began, in ms of the clock of `TappedFrame.at`: another one is another file. */
    began: z.number(),
    octets,
  }),
  /** Ends all of it; `ended` answers. */
  z.strictObject({ type: z.literal('end') }),
]);
export type RecorderCommand = z.infer<typeof recorderCommand>;

export const recorderEvent = z.discriminatedUnion('type', [
  /** A key frame should be asked for. */
  z.strictObject({ type: z.literal('wish'), leaf: leafThumbprint, track: z.int().min(0).max(65_535) }),
  /** The tap gives frames of this participant: said once. */
  z.strictObject({ type: z.literal('heard'), participant: participantId }),
  /** What the browser's own recorder made of this participant can't be read; nothing more of that file is. */
  z.strictObject({ type: z.literal('spoilt'), participant: participantId, began: z.number() }),
  /** The device slept for so long, which isn't counted: time 0 of whoever goes on later is later by that. */
  z.strictObject({ type: z.literal('slept'), ms: z.number().positive() }),
  /** A part may leave. */
  z.strictObject({ type: z.literal('part') }),
  /** Nothing more is recorded. `full`: there is no room on this device. */
  z.strictObject({ type: z.literal('failed'), reason: z.enum(['full', 'fault']) }),
  z.strictObject({ type: z.literal('ended') }),
]);
export type RecorderEvent = z.infer<typeof recorderEvent>;
