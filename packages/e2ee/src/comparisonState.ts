import { base64url } from '@sotto/protocol/bytes';
import * as z from 'zod';
import { leafRef } from './outcomes.ts';

/** A round begins anew by itself at most this often less one: each time is another chance for a guess. */
export const comparisonAttempts = 4;

/** Names a round: 16 octets of its starter's choice. */
export const comparisonRound = base64url(22).brand<'ComparisonRound'>();
export type ComparisonRoundId = z.infer<typeof comparisonRound>;

/** The whole code and nothing less: SPEC.md section 6.1. `emoji` are places in the list that is printed there. */
export const comparisonCode = z.strictObject({
  emoji: z.array(z.int().min(0).max(63)).length(6),
  digits: z.string().regex(/^\d{30}$/u),
});
export type ComparisonCode = z.infer<typeof comparisonCode>;

const members = z.array(leafRef).min(1).max(64);

export const comparisonEnding = z.discriminatedUnion('tag', [
  /** This leaf's user has said that the codes are equal. */
  z.strictObject({ tag: z.literal('same') }),
  /** Another epoch. `isRestarted`: its starter begins a new round without being asked, unless it has had its answer. */
  z.strictObject({ tag: z.literal('epochChanged'), isRestarted: z.boolean() }),
  z.strictObject({
    tag: z.enum([
      /** Nothing came from these in time. */
      'withheld',
      /** What they revealed isn't what they had committed to. */
      'wrongReveal',
      /** They committed to two nonces. */
      'secondCommitment',
      /** They spoke of this round in another epoch than its own. */
      'otherEpoch',
      /** Their user says that the codes are not equal. */
      'different',
      /** They gave the round up. */
      'stopped',
    ]),
    by: members,
  }),
]);
export type ComparisonEnding = z.infer<typeof comparisonEnding>;

const about = { round: comparisonRound, starter: leafRef, isOwn: z.boolean() };

/** Where a round is. */
export const comparisonState = z.discriminatedUnion('tag', [
  /** The members' clients commit and reveal; no user has to do anything. */
  z.strictObject({ tag: z.literal('collecting'), ...about }),
  /** `leaves` are all members of the round, this leaf among them: whom an answer is about. */
  z.strictObject({ tag: z.literal('complete'), ...about, leaves: members.min(2), code: comparisonCode }),
  z.strictObject({ tag: z.literal('ended'), ...about, ending: comparisonEnding }),
]);
export type ComparisonState = z.infer<typeof comparisonState>;
