import type { RecordingId } from '@sotto/protocol/ids';
import type { EarlierRuns } from '@sotto/recording';
import { fromBase64url } from '../keystore/bytes.ts';
import { surveyObject } from './keptObject.ts';
import type { BookedTrack, RecordingBook } from './recordingBook.ts';
import { openKept } from './spoolFolder.ts';

/** What the recorder of an earlier page has left of an object; null if nothing. What is no run is removed. */
export async function earlierRuns(
  book: RecordingBook,
  id: RecordingId,
  track: BookedTrack,
): Promise<EarlierRuns | null> {
  const spool = await openKept(id, track.context.object);
  const runs = spool === null ? [] : (await surveyObject(book, track, spool)).runs;
  // What a recorder that died at once has left is no run, and its place is free.
  for (const { place } of (await spool?.list()) ?? []) {
    if (place.of === 'head' || place.of.run >= runs.length) await spool?.remove(place);
  }
  const last = runs.at(-1);
  const hash = last && fromBase64url(last.hash);
  return hash ? { count: runs.length, hash } : null;
}
