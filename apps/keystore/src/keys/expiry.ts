import type { ObjectId } from '@sotto/protocol/ids';
import { kinds } from '@sotto/vault';
import { asc, eq, gt } from 'drizzle-orm';
import { takeRecordingTurn } from '../database/recordingTurn.ts';
import { objectKeyTable, registrationTable } from '../database/schema.ts';
import { LogStopped } from '../errors.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { entryOf, systemActor } from '../log/entry.ts';
import { keepNotices, type Notice } from '../notices.ts';
import { payloadHash } from '../statement.ts';
import { type Look, look } from './expiryLook.ts';
import { findObjects, type StoredObject } from './objectKeys.ts';
import { shred, shreddedPayload } from './shredding.ts';
import type { ShredJournal } from './shredJournal.ts';

const dayMs = 24 * 60 * 60_000;
/** Registrations that are read and checked at a time. */
const batchSize = 100;
/** Recordings that one look shreds at most. */
const mostAtOnce = 500;

/** What a look came to: how many recordings something was done to, or why nothing was. */
export type Expired =
  | Exclude<Look, { tag: 'agreed' }>
  | {
      readonly tag: 'looked';
      readonly shredded: number;
      /** Over, and kept all the same: their patient is under legal hold. */
      readonly held: number;
      /** Of which the table has something else than was signed: kept until a person has looked. */
      readonly damaged: number;
      /** More is over than one look shreds: the rest is left to those after it. */
      readonly isCapped: boolean;
    };

export interface ExpiryOptions {
  /** How long recordings are kept. */
  readonly days: number;
  /** How many one look shreds at most; 500. */
  readonly most?: number;
  /** How many are read at a time; 100. */
  readonly batch?: number;
}

/**
 * Shreds the recordings that were registered so many days ago: each with an entry of its own and a receipt that nobody
 * signed for, and one notice for all of them (SPEC.md section 7). May be repeated at any time; looks once a day.
 *
 * @throws LogStopped, or the driver's error: what was shredded until then is
 */
export async function shredExpired(
  context: KeystoreContext,
  journal: ShredJournal,
  { days, most = mostAtOnce, batch = batchSize }: ExpiryOptions,
): Promise<Expired> {
  const looked = await look(context);
  if (looked.tag !== 'agreed') return looked;
  const over = looked.at.getTime() - days * dayMs;
  const done = { shredded: 0, held: 0, damaged: 0 };
  let isCapped = false;
  for await (const found of registeredObjects(context, batch)) {
    if (found === 'damaged') {
      done.damaged += 1;
      continue;
    }
    // As it was signed: whoever edits the table brings no recording's end forward, and puts none off.
    const registered = found.registration?.payload;
    if (registered?.kind !== kinds.recording || Date.parse(registered.registeredAt) > over) continue;
    isCapped = done.shredded >= most;
    if (isCapped) break;
    // Told once a look, with the first that is gone.
    const outcome = await shredOne(context, journal, found, done.shredded === 0 ? looked.index : null);
    if (outcome !== null) done[outcome] += 1;
  }
  if (done.shredded > 0) await context.log.cover();
  return { tag: 'looked', ...done, isCapped };
}

/** What was registered and has its keys, by id; `damaged` for each that isn't what was signed. */
async function* registeredObjects(
  context: KeystoreContext,
  batch: number,
): AsyncGenerator<StoredObject | 'damaged', void, undefined> {
  let after: ObjectId | null = null;
  for (;;) {
    const rows: { object: ObjectId }[] = await context.database
      .select({ object: objectKeyTable.object })
      .from(objectKeyTable)
      .innerJoin(registrationTable, eq(registrationTable.object, objectKeyTable.object))
      .where(after === null ? undefined : gt(objectKeyTable.object, after))
      .orderBy(asc(objectKeyTable.object))
      .limit(batch);
    const objects = rows.map(({ object }) => object);
    const found = await foundOf(context, objects);
    if (found !== null) yield* found;
    // One of them is damaged: the others are found without it.
    else for (const object of objects) yield* (await foundOf(context, [object])) ?? ['damaged' as const];
    after = objects.at(-1) ?? null;
    if (after === null) return;
  }
}

/** Null if one of them isn't what was signed. */
async function foundOf(context: KeystoreContext, objects: readonly ObjectId[]): Promise<StoredObject[] | null> {
  if (objects.length === 0) return [];
  try {
    const found = await findObjects(context, objects);
    return found.length === objects.length ? found : null;
  } catch (fault) {
    if (fault instanceof LogStopped && fault.code === 'damaged') return null;
    throw fault;
  }
}

/** @param told place of the look that officers are told of; null if they are */
async function shredOne(
  context: KeystoreContext,
  journal: ShredJournal,
  { object, pseudonym }: StoredObject,
  told: Notice['index'] | null,
): Promise<'shredded' | 'held' | null> {
  const { database, log, statements, now } = context;
  const at = now();
  const receipt = statements.sign(shreddedPayload(context, { pseudonym, object, by: [] }, at));
  const refusal = await database.transaction(async (transaction) => {
    // Before the patient's own: officers' acts take their turns in this order too.
    if (told !== null) await takeRecordingTurn(transaction);
    const fault = await shred(transaction, { pseudonym, object }, () => receipt, at);
    if (fault !== null) return fault;
    const about = { action: 'key.shred', resource: `object:${object}`, patient: pseudonym };
    await log.append(transaction, [entryOf(at, { ...systemActor, ...about, after: payloadHash(receipt.payload) })]);
    if (told !== null) {
      await keepNotices(transaction, [{ kind: 'shred', subject: null, pseudonym: null, index: told, at }]);
    }
    return null;
  });
  if (refusal !== null) return refusal === 'held' ? 'held' : null;
  await journal.append(receipt);
  return 'shredded';
}
