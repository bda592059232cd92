import { recordingTerms, signedConsent } from '@sotto/protocol/consent';
import * as z from 'zod';
import { leafRef } from './outcomes.ts';

/** Most a recorder's clock may say, in ms since 1970. */
const moment = z.int().nonnegative();

/** What the recorder says to everybody of what it does; SPEC.md section 6.3. */
export const recordingMark = z.discriminatedUnion('tag', [
  z.strictObject({ tag: z.literal('recording'), since: moment }),
  z.strictObject({ tag: z.literal('paused'), since: moment }),
  z.strictObject({ tag: z.literal('stopped'), since: moment }),
]);
export type RecordingMark = z.infer<typeof recordingMark>;

export const recordingProgress = z.discriminatedUnion('tag', [
  /** Not everybody has answered, and nothing was recorded yet. */
  z.strictObject({ tag: z.literal('asking') }),
  /** Everybody has said yes; the recorder hasn't begun. */
  z.strictObject({ tag: z.literal('agreed') }),
  z.strictObject({ tag: z.literal('recording'), since: moment }),
  /** Somebody is here who hasn't said yes: nothing of anybody is recorded until they have. */
  z.strictObject({ tag: z.literal('paused') }),
  /** The recorder's leaf is gone. Nothing is recorded; another leaf of the same person may go on. */
  z.strictObject({ tag: z.literal('interrupted') }),
  z.strictObject({
    tag: z.literal('stopped'),
    /** `refused`: somebody said no. `withdrawn`: somebody who had said yes took it back. */
    why: z.enum(['asker', 'refused', 'withdrawn']),
    by: leafRef,
    /** Nothing had been recorded before, or the recorder has said that it stopped. */
    isConfirmed: z.boolean(),
  }),
]);
export type RecordingProgress = z.infer<typeof recordingProgress>;

/** Where a recording is: who asks for what, who has answered, whether it runs. */
export const recordingState = z.strictObject({
  terms: recordingTerms,
  /** Whose browser records. */
  asker: leafRef,
  /** Whether that is this leaf. */
  isOwn: z.boolean(),
  /** This leaf's answer. */
  own: z.enum(['asked', 'yes', 'no', 'withdrawn']),
  progress: recordingProgress,
  /**
   * Of another's recording that runs: for half a minute nothing signed came that it still does. Whether it goes on isn't
   * known here then; false else.
   */
  isUnheard: z.boolean(),
  /** In the group, and their yes was verified here. */
  agreed: z.array(leafRef).max(64),
  /** In the group, and no yes of theirs is known here. */
  awaited: z.array(leafRef).max(64),
  /** Of one's own recording: each yes that was verified, of leaves that are gone too. Empty else. */
  consents: z.array(signedConsent).max(64),
});
export type RecordingState = z.infer<typeof recordingState>;
