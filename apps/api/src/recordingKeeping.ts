import type { ObjectId, PatientId } from '@sotto/protocol/ids';
import type { Shreddings } from '@sotto/protocol/keystoreRoutes';
import { type FolderId, folderId, type PartName, StorageError } from '@sotto/storage';
import { and, eq, gte, isNull, lt, notExists } from 'drizzle-orm';
import { forgetIndexes } from './indexedPatients.ts';
import type { KeystoreOutcome } from './keystoreClient.ts';
import { finishHandedIn } from './recordings.ts';
import type { RecordsContext } from './relay.ts';
import {
  grantedPartTable,
  handedInRecordingTable,
  heldObjectTable,
  mintedObjectTable,
  objectRegistrationTable,
  removedObjectTable,
  retainedObjectTable,
  storedObjectTable,
  visitTable,
} from './schema.ts';

const dayMs = 24 * 60 * 60_000;
/** What an upload has left that ended in the middle of a part. */
const unfinishedMs = 2 * dayMs;
/** Parts that the store is asked about at a time. */
const sideBySide = 8;

/** How many objects something was done to. */
export interface Kept {
  readonly shredded: number;
  readonly abandoned: number;
  readonly finished: number;
  readonly retained: number;
  readonly held: number;
  readonly released: number;
  /** Shredded or abandoned, and there still: the storage has promised to keep a part of it. */
  readonly keptBack: number;
  /** What the keystore or the storage didn't do now. */
  readonly postponed: number;
}

type Receipts = Shreddings['shreddings'];

/** An object whose bytes are in the storage. */
interface Stored {
  readonly object: ObjectId;
  readonly pseudonym: PatientId;
  readonly folder: FolderId;
  readonly registeredAt: Date | null;
  readonly isHeld: boolean;
}

/** A list of the keystore's, to its end; null if it couldn't be read whole. */
async function readAll<T, P extends { readonly next: string | null }>(
  ask: (before: string | undefined) => Promise<KeystoreOutcome<P>>,
  itemsOf: (page: P) => readonly T[],
): Promise<T[] | null> {
  const all: T[] = [];
  let before: string | undefined;
  do {
    const page = await ask(before);
    if (page.tag !== 'answered') return null;
    all.push(...itemsOf(page.value));
    before = page.value.next ?? undefined;
  } while (before !== undefined);
  return all;
}

/** Objects whose bytes were not taken away. */
async function findStored({ database, clinicId }: RecordsContext): Promise<Stored[]> {
  const rows = await database
    .select({
      object: storedObjectTable.id,
      pseudonym: visitTable.patientId,
      folder: storedObjectTable.folder,
      registeredAt: objectRegistrationTable.registeredAt,
      held: heldObjectTable.id,
    })
    .from(storedObjectTable)
    .innerJoin(mintedObjectTable, eq(mintedObjectTable.id, storedObjectTable.id))
    .innerJoin(visitTable, eq(visitTable.id, mintedObjectTable.visitId))
    .leftJoin(objectRegistrationTable, eq(objectRegistrationTable.id, storedObjectTable.id))
    .leftJoin(removedObjectTable, eq(removedObjectTable.id, storedObjectTable.id))
    .leftJoin(heldObjectTable, eq(heldObjectTable.id, storedObjectTable.id))
    .where(and(eq(visitTable.clinicId, clinicId), isNull(removedObjectTable.id)));
  return rows.map(({ folder, held, ...about }) => ({ ...about, folder: folderId(folder), isHeld: held !== null }));
}

/** Does something to each part of a folder. @returns whether it could be done to all of them */
async function withParts(
  { storage }: RecordsContext,
  folder: FolderId,
  act: (name: PartName) => Promise<boolean>,
): Promise<boolean> {
  const names: PartName[] = [];
  for await (const { name } of storage.store.list(folder)) names.push(name);
  let isAll = true;
  for (let from = 0; from < names.length; from += sideBySide) {
    const done = await Promise.all(names.slice(from, from + sideBySide).map(act));
    isAll &&= done.every((one) => one);
  }
  return isAll;
}

/** Takes an object's bytes out of the storage. @returns false if a part is retained or held: then it is tried again */
async function remove(
  context: RecordsContext,
  { object: id, folder }: Stored,
  reason: 'shredded' | 'abandoned',
): Promise<boolean> {
  const isGone = await withParts(context, folder, async (name) => {
    const { tag } = await context.storage.store.delete(name);
    return tag === 'deleted' || tag === 'absent';
  });
  if (isGone) {
    await context.database
      .insert(removedObjectTable)
      .values({ id, reason, removedAt: context.now() })
      .onConflictDoNothing();
  }
  return isGone;
}

const idOf = ({ id }: { readonly id: ObjectId }) => id;

/** Uploads that nobody has handed in, and of which no part was asked for lately. What was handed in waits for the keystore. */
async function findAbandoned({ database, storage, now }: RecordsContext): Promise<Set<ObjectId>> {
  const before = new Date(now().getTime() - storage.abandonDays * dayMs);
  const lately = database
    .select()
    .from(grantedPartTable)
    .where(and(eq(grantedPartTable.id, storedObjectTable.id), gte(grantedPartTable.grantedAt, before)));
  const handedIn = database
    .select()
    .from(handedInRecordingTable)
    .where(eq(handedInRecordingTable.id, storedObjectTable.id));
  const rows = await database
    .select({ id: storedObjectTable.id })
    .from(storedObjectTable)
    .leftJoin(objectRegistrationTable, eq(objectRegistrationTable.id, storedObjectTable.id))
    .where(
      and(
        lt(storedObjectTable.beganAt, before),
        isNull(objectRegistrationTable.id),
        notExists(lately),
        notExists(handedIn),
      ),
    );
  return new Set(rows.map(idOf));
}

/** Counts what is done, each thing by itself: what fails now doesn't keep the others from it. */
class Tally {
  readonly #storage: RecordsContext['storage'];
  readonly kept = {
    shredded: 0,
    abandoned: 0,
    finished: 0,
    retained: 0,
    held: 0,
    released: 0,
    keptBack: 0,
    postponed: 0,
  };

  constructor(storage: RecordsContext['storage']) {
    this.#storage = storage;
  }

  /** @param act tells whether it could be done to the end */
  async count(what: Exclude<keyof Kept, 'postponed' | 'keptBack'>, act: () => Promise<boolean>): Promise<void> {
    try {
      this.kept[(await act()) ? what : 'keptBack'] += 1;
    } catch (fault) {
      if (!(fault instanceof StorageError)) throw fault;
      this.#storage.onFault(fault);
      this.kept.postponed += 1;
    }
  }
}

async function removeShredded(context: RecordsContext, tally: Tally, receipts: Receipts): Promise<void> {
  const objects = new Set(receipts.flatMap(({ payload }) => payload.object ?? []));
  const patients = new Set(receipts.flatMap(({ payload }) => (payload.object === null ? payload.pseudonym : [])));
  await forgetIndexes(context, patients);
  for (const stored of await findStored(context)) {
    if (!objects.has(stored.object) && !patients.has(stored.pseudonym)) continue;
    await tally.count('shredded', () => remove(context, stored, 'shredded'));
  }
}

async function removeAbandoned(context: RecordsContext, tally: Tally, held: ReadonlySet<PatientId>): Promise<void> {
  const abandoned = await findAbandoned(context);
  for (const stored of await findStored(context)) {
    if (!abandoned.has(stored.object) || held.has(stored.pseudonym)) continue;
    await tally.count('abandoned', () => remove(context, stored, 'abandoned'));
  }
}

/**
 * What is registered is complete: what it is retained for, it is for all its parts. Longer where the clinic retains for
 * longer than it did; not at all once that time is over, which no bucket takes.
 */
async function retain(context: RecordsContext, tally: Tally, days: number): Promise<void> {
  const { database, storage, now } = context;
  const rows = await database.select().from(retainedObjectTable);
  const known = new Map(rows.map(({ id, retainedUntil }) => [id, retainedUntil]));
  for (const { object: id, folder, registeredAt } of await findStored(context)) {
    if (registeredAt === null) continue;
    const retainedUntil = new Date(registeredAt.getTime() + days * dayMs);
    if (retainedUntil <= (known.get(id) ?? now())) continue;
    await tally.count('retained', async () => {
      await withParts(
        context,
        folder,
        async (name) => (await storage.store.retain(name, retainedUntil)).tag !== 'absent',
      );
      await database
        .insert(retainedObjectTable)
        .values({ id, retainedUntil })
        .onConflictDoUpdate({ target: retainedObjectTable.id, set: { retainedUntil } });
      return true;
    });
  }
}

/** Holds what is of these patients, and nothing else. */
async function hold(context: RecordsContext, tally: Tally, patients: ReadonlySet<PatientId>): Promise<void> {
  const { database, storage, now } = context;
  for (const { object: id, pseudonym, folder, registeredAt, isHeld } of await findStored(context)) {
    const shouldBe = patients.has(pseudonym);
    if (shouldBe === isHeld || registeredAt === null) continue;
    await tally.count(shouldBe ? 'held' : 'released', async () => {
      await withParts(context, folder, async (name) => (await storage.store.hold(name, shouldBe)).tag !== 'absent');
      if (shouldBe) await database.insert(heldObjectTable).values({ id, heldAt: now() }).onConflictDoNothing();
      else await database.delete(heldObjectTable).where(eq(heldObjectTable.id, id));
      return true;
    });
  }
}

/**
 * Looks after what is in the storage: takes away what was shredded (the keystore's receipts say so), and by what whoever was erased
 * is found; finishes what was
 * handed in and never answered, takes away what was abandoned, has the storage retain what is registered, and hold what is
 * of a patient under legal hold. What can't be done now is done the next time. May be repeated at any time, once at a time.
 */
export async function keepRecordings(context: RecordsContext): Promise<Kept> {
  const { keystore, storage, now } = context;
  const tally = new Tally(storage);
  const receipts = await readAll(
    (before) => keystore.shreddings(before),
    (page) => page.shreddings,
  );
  const holds = await readAll(
    (before) => keystore.legalHolds(before === undefined ? {} : { before }),
    (page) => page.holds,
  );
  if (receipts === null || holds === null) tally.kept.postponed += 1;
  if (receipts !== null) await removeShredded(context, tally, receipts);
  for (const { object, folder, registeredAt } of await findStored(context)) {
    if (registeredAt === null && (await finishHandedIn(context, object, folder))) tally.kept.finished += 1;
  }
  if (holds !== null) {
    const patients = new Set(holds.map(({ pseudonym }) => pseudonym));
    await hold(context, tally, patients);
    // Nothing of theirs is taken away for being unfinished either.
    await removeAbandoned(context, tally, patients);
  }
  if (storage.retentionDays !== null) await retain(context, tally, storage.retentionDays);
  await storage.store.clearUnfinished(new Date(now().getTime() - unfinishedMs)).catch((fault: unknown) => {
    if (!(fault instanceof StorageError)) throw fault;
    storage.onFault(fault);
  });
  return tally.kept;
}
