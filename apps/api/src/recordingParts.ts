import { createHash, randomBytes } from 'node:crypto';
import type { ObjectId, VisitId } from '@sotto/protocol/ids';
import type { PartGrant, PartList, PartRequest } from '@sotto/protocol/recordings';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import {
  ConfigurationError,
  type FolderId,
  folderId,
  folderIdFrom,
  type Leaf,
  type PartName,
  partName,
  readPartName,
  TruncatedError,
} from '@sotto/storage';
import { and, eq, sql } from 'drizzle-orm';
import type { Tokens } from './caller.ts';
import { withOwnObject, withReadableObject } from './recordingAccess.ts';
import { type RecordingStorage, withStorage } from './recordingStorage.ts';
import type { RecordsContext } from './relay.ts';
import { grantedPartTable, mintedObjectTable, removedObjectTable, storedObjectTable } from './schema.ts';
import type { StaffPass } from './staffSession.ts';

/** Sealed bytes that one visit may have, and parts that one object may. */
const maxVisitOctets = 32 * 1024 ** 3;
const maxParts = 100_000;
/** How long a ticket is good for. */
const ticketMs = 15 * 60_000;

/** `there`: exactly this was there already; of a ticket: something was. */
export type Put = 'created' | 'there';

const leafOf = (text: string): Leaf => {
  const [run = '', index] = text.split('-');
  return index === undefined ? { tag: 'head' } : { tag: 'run', run: Number(run), index: Number(index) };
};

/** A folder of the object's own, drawn when its first part is asked for. */
async function folderFor({ database, now }: RecordsContext, id: ObjectId): Promise<FolderId> {
  await database
    .insert(storedObjectTable)
    .values({ id, folder: folderIdFrom(randomBytes(16)), beganAt: now() })
    .onConflictDoNothing();
  const [stored] = await database
    .select({ folder: storedObjectTable.folder })
    .from(storedObjectTable)
    .where(eq(storedObjectTable.id, id));
  return folderId(stored?.folder ?? '');
}

/** How long a part was granted to be. */
async function grantedLength({ database }: RecordsContext, id: ObjectId, leaf: string): Promise<number | null> {
  const [granted] = await database
    .select({ length: grantedPartTable.length })
    .from(grantedPartTable)
    .where(and(eq(grantedPartTable.id, id), eq(grantedPartTable.leaf, leaf)));
  return granted?.length ?? null;
}

/** Whether so much more is too much for a visit or an object. Of several that ask at once each may just fit. */
async function isTooMuch(
  { database }: RecordsContext,
  { object, visit }: { readonly object: ObjectId; readonly visit: VisitId },
  length: number,
): Promise<boolean> {
  const [sums] = await database
    .select({
      octets: sql<string>`coalesce(sum(${grantedPartTable.length}), 0)`,
      parts: sql<string>`count(*) filter (where ${grantedPartTable.id} = ${object})`,
    })
    .from(grantedPartTable)
    .innerJoin(mintedObjectTable, eq(mintedObjectTable.id, grantedPartTable.id))
    .where(eq(mintedObjectTable.visitId, visit));
  return Number(sums?.octets) + length > maxVisitOctets || Number(sums?.parts) >= maxParts;
}

/** Where to put a part: the store's own ticket, the api's, or the api's route where the store gives none. */
async function grantOf(
  { storage, now }: { readonly storage: RecordingStorage; readonly now: () => Date },
  object: ObjectId,
  name: PartName,
  length: number,
): Promise<PartGrant> {
  try {
    const expires = new Date(now().getTime() + ticketMs);
    const ticket = await storage.store.presignPart(name, { length, expires });
    const url = ticket.tag === 'url' ? ticket.url : `/api/parts/${ticket.path}`;
    return { url, headers: { ...ticket.headers }, expiresAt: ticket.expires.toISOString() };
  } catch (fault) {
    if (!(fault instanceof ConfigurationError) || fault.reason !== 'unsignedHeaders') throw fault;
    const { file } = readPartName(name);
    return { url: `/api/objects/${object}/parts/${file}`, headers: {}, expiresAt: null };
  }
}

/**
 * Lets the writer upload one part of an object, of exactly this length; asked again it is the same part. Another length
 * than before is a `conflict`; of an object that was registered, `wrongState`; beyond what a visit may have, `invalid`.
 */
export const grantPart = (
  context: RecordsContext,
  pass: StaffPass | undefined,
  object: ObjectId,
  { leaf, length }: PartRequest,
): Promise<Result<PartGrant>> =>
  withOwnObject(context, pass, object, async (found) => {
    if (found.kind !== null) return refused('wrongState');
    const granted = await grantedLength(context, object, leaf);
    if (granted === null && (await isTooMuch(context, found, length))) return refused('invalid');
    const folder = found.folder ?? (await folderFor(context, object));
    await context.database
      .insert(grantedPartTable)
      .values({ id: object, leaf, length, grantedAt: context.now() })
      .onConflictDoUpdate({
        target: [grantedPartTable.id, grantedPartTable.leaf],
        set: { grantedAt: context.now() },
      });
    // Its browser was away for long, and has all of it still.
    if (found.isAbandoned) await context.database.delete(removedObjectTable).where(eq(removedObjectTable.id, object));
    // Of two that asked at once the first one's length counts.
    if ((await grantedLength(context, object, leaf)) !== length) return refused('conflict');
    return withStorage(context.storage, async () =>
      accepted(await grantOf(context, object, partName(folder, leafOf(leaf)), length)),
    );
  });

/** What came isn't as long as it should be. */
class WrongLength extends Error {}

/** Who sent the octets has gone: nobody waits for an answer. */
export class Interrupted extends Error {}

const isTheirs = (fault: unknown) => fault instanceof WrongLength || fault instanceof Interrupted;

/** Hands on exactly so many octets and sums them. @throws WrongLength */
async function* exactly(content: AsyncIterable<Uint8Array>, length: number, update: (octets: Uint8Array) => void) {
  let came = 0;
  for await (const piece of content) {
    came += piece.byteLength;
    if (came > length) throw new WrongLength();
    update(piece);
    yield piece;
  }
  if (came !== length) throw new WrongLength();
}

/**
 * Stores a part that was granted. The same octets again are `there`; others under its name are a `conflict`; what isn't of
 * the length that was granted, or was never granted, is `invalid`.
 */
export const putPart = (
  context: RecordsContext,
  pass: StaffPass | undefined,
  { object, leaf, content }: { object: ObjectId; leaf: string; content: AsyncIterable<Uint8Array> },
): Promise<Result<Put>> =>
  withOwnObject(context, pass, object, async ({ folder, kind }, staff) => {
    const taken = await context.limits.parts.take(staff);
    if (!taken.ok) return taken;
    if (kind !== null) return refused('wrongState');
    const length = await grantedLength(context, object, leaf);
    if (folder === null || length === null) return refused('invalid');
    const { store } = context.storage;
    const name = partName(folder, leafOf(leaf));
    const sum = createHash('sha256');
    return withStorage(context.storage, async (): Promise<Result<Put>> => {
      try {
        const creation = await store.create(
          name,
          exactly(content, length, (octets) => sum.update(octets)),
        );
        if (creation.tag === 'created') return accepted('created');
      } catch (fault) {
        if (isTheirs(fault)) return refused('invalid');
        throw fault;
      }
      const stored = await store.read(name, 0, length);
      const isSame = stored.tag === 'read' && createHash('sha256').update(stored.bytes).digest().equals(sum.digest());
      return isSame ? accepted('there') : refused('conflict');
    });
  });

/** Stores a part by a ticket of the api's: who has it needs no session. */
export async function redeemTicket(
  { storage, limits }: RecordsContext,
  ticket: string,
  content: AsyncIterable<Uint8Array>,
): Promise<Result<Put>> {
  const { redeem } = storage;
  const taken = await limits.parts.take(ticket);
  if (!taken.ok) return taken;
  if (redeem === null) return refused('notFound');
  return withStorage(storage, async (): Promise<Result<Put>> => {
    const redemption = await redeem(ticket, content).catch((fault: unknown) => {
      if (isTheirs(fault)) return { tag: 'wrongLength' } as const;
      throw fault;
    });
    switch (redemption.tag) {
      case 'created':
        return accepted('created');
      case 'exists':
        return accepted('there');
      case 'expired':
      case 'refused':
        return refused('unauthenticated');
      case 'wrongLength':
        return refused('invalid');
    }
  });
}

/** What is stored in a folder, without the manifest, in the order of names. */
export async function storedParts({ store }: RecordingStorage, folder: FolderId): Promise<PartList['parts']> {
  const parts: PartList['parts'] = [];
  for await (const { name, length } of store.list(folder)) {
    const { file, leaf } = readPartName(name);
    if (leaf.tag !== 'manifest' && parts.length < maxParts) parts.push({ leaf: file, length });
  }
  return parts;
}

export const listParts = (context: RecordsContext, tokens: Tokens, object: ObjectId): Promise<Result<PartList>> =>
  withReadableObject(context, tokens, object, async ({ folder }, subject) => {
    const taken = await context.limits.parts.take(subject);
    if (!taken.ok) return taken;
    if (folder === null) return accepted({ parts: [] });
    return withStorage(context.storage, async () => accepted({ parts: await storedParts(context.storage, folder) }));
  });

/** Octets of a part, from its `start` on. */
export interface PartPiece {
  readonly octets: Uint8Array;
  readonly start: number;
  /** Of the whole part. */
  readonly length: number;
}

/** `outside`: the part has no octet there. */
export type PieceOutcome =
  | ({ readonly tag: 'piece' } & PartPiece)
  | { readonly tag: 'outside'; readonly length: number };

/**
 * Reads from a part what lies between two places, both within.
 *
 * @param end the part's last place where it is null or beyond
 */
export const readPart = (
  context: RecordsContext,
  tokens: Tokens,
  { object, leaf, start, end }: { object: ObjectId; leaf: string; start: number; end: number | null },
): Promise<Result<PieceOutcome>> =>
  withReadableObject(context, tokens, object, async ({ folder }, subject) => {
    const taken = await context.limits.pieces.take(subject);
    if (!taken.ok) return taken;
    const length = await grantedLength(context, object, leaf);
    if (folder === null || length === null) return refused('notFound');
    if (start >= length) return accepted({ tag: 'outside', length });
    const last = Math.min(end ?? length - 1, length - 1);
    return withStorage(context.storage, async (): Promise<Result<PieceOutcome>> => {
      const name = partName(folder, leafOf(leaf));
      const reading = await context.storage.store.read(name, start, last - start + 1);
      if (reading.tag === 'absent') return refused('notFound');
      // Shorter than it was granted and stored: the storage has lost something.
      if (reading.tag === 'outside') throw new TruncatedError('outside');
      return accepted({ tag: 'piece', octets: reading.bytes, start, length });
    });
  });
