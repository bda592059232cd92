import { kinds } from '@sotto/vault';
import { inArray } from 'drizzle-orm';
import { recordedTrackTable } from '../database/schema.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import type { StoredObject } from './objectKeys.ts';

/**
 * Whether these are tracks of one recording: registered as recordings of one visit, which is signed, and under one consent, which the
 * table says. So whoever edits the table joins recordings of one visit and no others.
 */
export async function areOfOneRecording(
  { database }: Pick<KeystoreContext, 'database'>,
  objects: readonly StoredObject[],
): Promise<boolean> {
  const visits = new Set(objects.map(({ visit }) => visit));
  if (visits.size !== 1 || visits.has(null)) return false;
  if (objects.some(({ registration }) => registration?.payload.kind !== kinds.recording)) return false;
  const ids = objects.map(({ object }) => object);
  const tracks = await database.select().from(recordedTrackTable).where(inArray(recordedTrackTable.object, ids));
  return tracks.length === ids.length && new Set(tracks.map(({ consent }) => consent)).size === 1;
}
