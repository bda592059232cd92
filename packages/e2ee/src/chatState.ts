import { base64url } from '@sotto/protocol/bytes';
import * as z from 'zod';
import { isChatText } from './chatText.ts';
import { leafRef } from './outcomes.ts';

/** Names a message: 16 octets of its sender's choice. The same message has the same name however often it's sent. */
export const chatMessageId = base64url(22).brand<'ChatMessageId'>();
export type ChatMessageId = z.infer<typeof chatMessageId>;

/** Counts a leaf's messages, from 1. */
export const chatSequence = z.int().min(1).max(0xffff_ffff);

/** The first text that is for a leaf, where that isn't the sender's first: those before were said before it came. */
export const chatFirst = z.strictObject({ leafIndex: z.int().min(0).max(0xffff_ffff), sequence: chatSequence });
export type ChatFirst = z.infer<typeof chatFirst>;

export const chatText = z.string().refine(isChatText);

const members = z.array(leafRef).max(64);

export const sayOutcome = z.discriminatedUnion('tag', [
  /** It goes out with the next `chatMessages`; `chatDelivery` tells what becomes of it. */
  z.strictObject({ tag: z.literal('queued'), id: chatMessageId }),
  z.strictObject({
    tag: z.literal('refused'),
    /**
     * `empty`, `tooLong` or `characters`: the text isn't one (SPEC.md section 6.2). `tooFast`: later. `alone`: nobody
     * else is in the group.
     */
    reason: z.enum(['empty', 'tooLong', 'characters', 'tooFast', 'alone']),
  }),
]);
export type SayOutcome = z.infer<typeof sayOutcome>;

/** A text by a member, told once. Those of one leaf come in its order. */
export const chatMessage = z.strictObject({
  from: leafRef,
  id: chatMessageId,
  text: chatText,
  /** So many of this leaf's messages before it haven't come. */
  missing: z.int().nonnegative(),
  /** It was missing: others that were said after it have been told already. */
  isLate: z.boolean(),
});
export type ChatMessage = z.infer<typeof chatMessage>;

/** What has become of a text of one's own, at each change. */
export const chatDelivery = z.strictObject({
  id: chatMessageId,
  /**
   * `waiting`: not handed out yet. `sent`: some haven't acknowledged it. `delivered`: all who are in the group have.
   * `failed`: it isn't tried any more; `sayAgain` does.
   */
  tag: z.enum(['waiting', 'sent', 'delivered', 'failed']),
  /** Who has acknowledged it. */
  by: members,
  /** Who hasn't and is in the group still. */
  awaited: members,
});
export type ChatDelivery = z.infer<typeof chatDelivery>;
