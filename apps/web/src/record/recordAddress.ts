import { type ObjectId, objectId, type VisitId, visitId } from '@sotto/protocol/ids';

/** What a record page is about. It stands behind the `#`: no server and no log of one gets to see it. */
export type RecordAddress =
  | { readonly of: 'visit'; readonly visit: VisitId }
  | { readonly of: 'object'; readonly object: ObjectId };

/** @param fragment with its `#` or without */
export function parseRecordAddress(fragment: string): RecordAddress | null {
  const [, of, id] = /^#?(visit|object)=([\w-]+)$/.exec(fragment) ?? [];
  if (of === 'visit') {
    const visit = visitId.safeParse(id);
    return visit.success ? { of, visit: visit.data } : null;
  }
  const object = objectId.safeParse(id);
  return of === 'object' && object.success ? { of, object: object.data } : null;
}

export const visitRecord = (visit: VisitId) => `/record/#visit=${visit}`;
export const objectRecord = (object: ObjectId) => `/record/#object=${object}`;
