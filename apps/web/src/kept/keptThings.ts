import type { ObjectId } from '@sotto/protocol/ids';
import type { SealedSummary } from '@sotto/protocol/records';
import type { Restriction } from '../keystore/restrictions.ts';
import { recordingsIn } from '../player/recordings.ts';

/** What officers decide on as one: a note, or a recording with the objects of everybody in it. */
export interface KeptThing extends Pick<SealedSummary, 'kind' | 'writer' | 'storedAt'> {
  readonly objects: readonly ObjectId[];
}

/** Notes and recordings among some objects, in the order in which the list has their first ones. */
export function keptThings(summaries: readonly SealedSummary[]): readonly KeptThing[] {
  const recordings = new Map(recordingsIn(summaries).map((listed) => [listed.recording, listed]));
  return summaries.flatMap(({ object, kind, recording, writer, storedAt }): KeptThing[] => {
    if (recording === null) return [{ kind, writer, storedAt, objects: [object] }];
    const listed = recordings.get(recording.id);
    if (listed === undefined) return [];
    recordings.delete(recording.id);
    const objects = listed.objects.map((one) => one.object);
    return [{ kind, writer: listed.writer, storedAt: listed.storedAt, objects }];
  });
}

/** Of a thing's objects: each by itself, whatever restricts everything. */
export function restrictionsOf({ objects }: KeptThing, restrictions: readonly Restriction[]) {
  const standing = restrictions.filter(({ object }) => object !== null && objects.includes(object));
  return { standing, open: objects.filter((one) => !standing.some(({ object }) => object === one)) };
}
