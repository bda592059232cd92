import * as z from 'zod';
import type { ActDone } from '../passkeys/performAct.ts';

const object = z.string().nullable();
const at = z.iso.datetime();
const receipt = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('sotto/shredded/v1'), object, shreddedAt: at, backupsExpireAt: at }),
  z.looseObject({ type: z.literal('sotto/restricted/v1'), object, restrictedAt: at }),
  z.looseObject({ type: z.literal('sotto/restriction-lifted/v1'), object, liftedAt: at }),
]);

/** What was done, to one object or, where that is null, to everything of a patient's. */
export interface Receipt {
  readonly of: 'shredded' | 'restricted' | 'lifted';
  readonly object: string | null;
  readonly at: Date;
  /** Of a shredding: when no backup has the key any more. Null of everything else. */
  readonly backupsExpireAt: Date | null;
}

/** What a receipt says; null if the statement is none. Its signature was checked when it came. */
export function readReceipt({ statement }: Pick<ActDone, 'statement'>): Receipt | null {
  const { data } = receipt.safeParse(statement?.payload);
  if (data === undefined) return null;
  switch (data.type) {
    case 'sotto/shredded/v1':
      return {
        ...{ of: 'shredded', object: data.object, at: new Date(data.shreddedAt) },
        backupsExpireAt: new Date(data.backupsExpireAt),
      };
    case 'sotto/restricted/v1':
      return { of: 'restricted', object: data.object, at: new Date(data.restrictedAt), backupsExpireAt: null };
    case 'sotto/restriction-lifted/v1':
      return { of: 'lifted', object: data.object, at: new Date(data.liftedAt), backupsExpireAt: null };
  }
}

/**
 * Receipts as a file: of each the keystore's statement, and the proof that the log has it. Several are a list.
 *
 * @returns a `data:` address
 */
export function receiptFile(done: readonly Pick<ActDone, 'statement' | 'proof'>[]): string {
  const all = done.map(({ statement, proof }) => ({ statement, proof }));
  return `data:application/json,${encodeURIComponent(`${JSON.stringify(all.length === 1 ? all[0] : all, null, 2)}\n`)}`;
}
