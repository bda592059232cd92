import * as z from 'zod';
import type { ActDone } from '../passkeys/performAct.ts';

const shredded = z.looseObject({
  type: z.literal('sotto/shredded/v1'),
  object: z.string().nullable(),
  shreddedAt: z.iso.datetime(),
  backupsExpireAt: z.iso.datetime(),
});

/** What a receipt says; null if the statement is none. Its signature was checked when it came. */
export const readReceipt = ({ statement }: Pick<ActDone, 'statement'>) =>
  shredded.safeParse(statement?.payload).data ?? null;

/** The receipt as a file: the keystore's statement, and the proof that the log has it. @returns a `data:` address */
export const receiptFile = ({ statement, proof }: Pick<ActDone, 'statement' | 'proof'>): string =>
  `data:application/json,${encodeURIComponent(`${JSON.stringify({ statement, proof }, null, 2)}\n`)}`;
