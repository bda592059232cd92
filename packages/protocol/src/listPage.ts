import * as z from 'zod';
import { base64url } from './bytes.ts';

/** Long lists come newest first, part by part: a part says where the next, older one begins. */

const divider = '~';
const placeId = base64url(22);
/** RFC 3339 as `toISOString` writes it, from the year 2000 on. */
const isWritten = /^[2-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u;

/** The place of the last row that was given: its time and its id. */
export interface ListPlace {
  readonly at: Date;
  readonly id: string;
}

/** A place as a query carries it: whatever is older than it comes next. */
export const listCursor = z
  .string()
  .max(64)
  .refine((text) => placeIn(text) !== null);

function placeIn(text: string): ListPlace | null {
  const [at = '', id, ...more] = text.split(divider);
  const time = new Date(at);
  // Exactly what `cursorAt` writes, of a year that a database knows too.
  const isTime = isWritten.test(at) && !Number.isNaN(time.getTime()) && time.toISOString() === at;
  const isPlace = more.length === 0 && isTime && placeId.safeParse(id).success;
  return isPlace && id !== undefined ? { at: time, id } : null;
}

/** @returns null for the newest part of a list */
export const placeOf = (cursor: string | undefined): ListPlace | null =>
  cursor === undefined ? null : placeIn(cursor);

export const cursorAt = ({ at, id }: ListPlace): string => `${at.toISOString()}${divider}${id}`;

/**
 * One part of what was found.
 *
 * @param rows newest first, one more than `most` where there are more
 * @returns `next` is null when nothing is older
 */
export function partOf<Row>(
  rows: readonly Row[],
  most: number,
  place: (row: Row) => ListPlace,
): { shown: readonly Row[]; next: string | null } {
  const shown = rows.slice(0, most);
  const last = rows.length > most ? shown.at(-1) : undefined;
  return { shown, next: last === undefined ? null : cursorAt(place(last)) };
}
