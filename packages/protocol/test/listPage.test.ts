import { describe, expect, it } from 'vitest';
import { cursorAt, listCursor, placeOf } from '../src/listPage.ts';

const id = 'A'.repeat(22);

describe('the place in a list', () => {
  it('is read as it was written', () => {
    const place = { at: new Date('2031-05-06T07:08:09.123Z'), id };
    expect(listCursor.parse(cursorAt(place))).toBe(cursorAt(place));
    expect(placeOf(cursorAt(place))).toEqual(place);
  });

  it.each([
    '0000-01-01T00:00:00.000Z',
    '1999-12-31T23:59:59.999Z',
    '+012031-05-06T07:08:09.123Z',
    '2031-05-06T07:08:09Z',
    '2031-05-06T07:08:09.123456Z',
    '2031-02-30T07:08:09.123Z',
    '2031-05-06',
    '',
  ])('is none at %j', (at) => {
    expect(listCursor.safeParse(`${at}~${id}`).success).toBe(false);
  });
});
