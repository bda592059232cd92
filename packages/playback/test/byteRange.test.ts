import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRange } from '../src/byteRange.ts';

describe('a range', () => {
  it.each([
    ['bytes=0-', 100, { from: 0, to: 100 }],
    ['bytes=10-19', 100, { from: 10, to: 20 }],
    ['bytes=90-400', 100, { from: 90, to: 100 }],
    ['bytes=-5', 100, { from: 95, to: 100 }],
    ['bytes=-500', 100, { from: 0, to: 100 }],
    [null, 100, { from: 0, to: 100 }],
  ])('%s of %i octets', (header, length, expected) => {
    expect(parseRange(header, length)).toEqual(expected);
  });

  it.each([
    'bytes=100-',
    'bytes=5-4',
    'bytes=-',
    'bytes=-0',
    'bytes=0-1,5-6',
    'bytes= 0-1',
    'octets=0-1',
    'bytes=0x1-2',
    `bytes=${'9'.repeat(16)}-`,
    '',
  ])('“%s” is none', (header) => {
    expect(parseRange(header, 100)).toBeNull();
  });

  it('lies within the file, whatever is asked', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.nat(), fc.nat(1000), (junk, from, to, length) => {
        for (const header of [junk, `bytes=${String(from)}-${String(to)}`, `bytes=-${String(to)}`]) {
          const range = parseRange(header, length);
          if (range !== null && !(range.from >= 0 && range.from < range.to && range.to <= length)) return false;
        }
        return true;
      }),
    );
  });
});
