import { type ObjectId, objectId, type VisitId, visitId } from '@sotto/protocol/ids';
import { maxReleasedObjects } from '@sotto/protocol/keystore';
import * as z from 'zod';

const recordedObjects = z.array(objectId).min(1).max(maxReleasedObjects);

/** What a record page is about. It stands behind the `#`: no server and no log of one gets to see it. */
export type RecordAddress =
  | { readonly of: 'visit'; readonly visit: VisitId }
  | { readonly of: 'object'; readonly object: ObjectId }
  /** All objects of a recording: who isn't of the visit has no list of them. */
  | { readonly of: 'recording'; readonly objects: readonly ObjectId[] };

/** @param fragment with its `#` or without */
export function parseRecordAddress(fragment: string): RecordAddress | null {
  const [, of, id = ''] = /^#?(visit|object|recording)=([\w.-]+)$/.exec(fragment) ?? [];
  if (of === 'recording') {
    const objects = recordedObjects.safeParse(id.split('.'));
    return objects.success ? { of, objects: objects.data } : null;
  }
  if (of === 'visit') {
    const visit = visitId.safeParse(id);
    return visit.success ? { of, visit: visit.data } : null;
  }
  const object = objectId.safeParse(id);
  return of === 'object' && object.success ? { of, object: object.data } : null;
}

export const visitRecord = (visit: VisitId) => `/record/#visit=${visit}`;
export const objectRecord = (object: ObjectId) => `/record/#object=${object}`;
export const recordingRecord = (objects: readonly ObjectId[]) => `/record/#recording=${objects.join('.')}`;
