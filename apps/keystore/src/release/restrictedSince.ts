import type { EntryDraft } from '@sotto/audit';
import type { ObjectId } from '@sotto/protocol/ids';
import { type ReleaseRequest, releaseActions } from '@sotto/protocol/keystore';
import type { Transaction } from '@sotto/service/postgres';
import { and, asc, between, eq, sql } from 'drizzle-orm';
import { sha256, toBase64url, utf8 } from '../bytes.ts';
import { takeRecordingTurn } from '../database/recordingTurn.ts';
import { noticeTable } from '../database/schema.ts';
import { LogStopped } from '../errors.ts';
import type { RestrictedAmong } from '../keys/restricted.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { entryOf, readEntry } from '../log/entry.ts';
import { keepNotices, type Notice } from '../notices.ts';
import type { RecordedRequest } from '../requestLedger.ts';
import { releasedEntries } from './releasedEntries.ts';
import { actorOf } from './releaseRequest.ts';

/**
 * Whether a release that had been allowed is refused by now, since what it is of was restricted meanwhile: then each of its
 * entries is logged once more, with that outcome (SPEC.md section 7.1). Once and for good: lifting doesn't bring it back.
 *
 * @param objects all that it is of
 * @param among what is restricted of them, looked up just now
 */
export async function isRestrictedSince(
  context: Pick<KeystoreContext, 'database' | 'log' | 'now'>,
  recorded: RecordedRequest,
  request: ReleaseRequest,
  objects: readonly { readonly object: ObjectId }[],
  among: RestrictedAmong,
): Promise<boolean> {
  if (objects.some(({ object }) => among.now.has(object))) {
    await logRestrictedSince(context, recorded, request);
    return true;
  }
  // What never was restricted was refused by no restriction: most releases ask no more than that.
  return objects.some(({ object }) => among.ever.has(object)) && wasRefused(context.database, recorded, request);
}

/** @throws LogStopped `damaged` if its own entries are gone */
async function logRestrictedSince(
  { database, log, now }: Pick<KeystoreContext, 'database' | 'log' | 'now'>,
  recorded: RecordedRequest,
  request: ReleaseRequest,
): Promise<void> {
  const refused = { before: toBase64url(sha256(utf8('restricted'))), outcome: 'refused' } as const;
  const at = now();
  await database.transaction(async (transaction) => {
    await takeRecordingTurn(transaction);
    if (await wasRefused(transaction, recorded, request)) return;
    const drafts = (await releasedEntries(transaction, recorded, request)).map(
      ({ actor, role, action, resource, patient, purpose, address, userAgent, session, after }): EntryDraft =>
        entryOf(at, {
          ...{ actor, role, action, resource, patient, purpose, address, userAgent, session, after },
          ...refused,
        }),
    );
    // Each object was logged when it was allowed: what is less was taken away.
    if (drafts.length !== request.objects.length) throw new LogStopped('damaged');
    const index = await log.append(transaction, drafts);
    await keepNotices(transaction, await refusedGlass(transaction, recorded, request, { index, at }));
  });
}

/** Whom it was told that the glass was broken is told that nothing came of it from now on. */
async function refusedGlass(
  transaction: Pick<Transaction, 'select'>,
  { firstIndex }: RecordedRequest,
  { objects, breakGlass }: ReleaseRequest,
  { index, at }: Pick<Notice, 'index' | 'at'>,
): Promise<Notice[]> {
  if (breakGlass === null) return [];
  const { kind, index: place, subject, pseudonym } = noticeTable;
  const told = await transaction
    .select({ place, subject, pseudonym })
    .from(noticeTable)
    .where(and(eq(kind, 'breakGlass'), between(place, firstIndex, firstIndex + objects.length - 1)))
    .orderBy(asc(place));
  // Of the entry that stands where that one stood among the release's.
  return told.map((each) => ({
    ...{ kind: 'breakGlassRefused', subject: each.subject, pseudonym: each.pseudonym, at },
    index: index + (each.place ?? firstIndex) - firstIndex,
  }));
}

/** Whether the log says so, behind what it says of the release itself. */
async function wasRefused(
  transaction: Pick<Transaction, 'execute'>,
  { firstIndex }: RecordedRequest,
  request: ReleaseRequest,
): Promise<boolean> {
  const resources = request.objects.map((object) => `object:${object}`);
  const { rows } = await transaction.execute<{ canonical: Buffer }>(sql`
    select canonical from audit.entry
     where actor = ${actorOf(request)} and index > ${firstIndex} and action = ${releaseActions[request.use]}
       and resource in ${[...resources, `request:${request.id}`]}`);
  return rows.some(({ canonical }) => {
    const entry = readEntry(canonical);
    if (entry === null) throw new LogStopped('damaged');
    return entry.session === request.id && entry.outcome === 'refused';
  });
}
