import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdIndex } from '../src/idIndex.ts';

const key = Uint32Array.of(0x01020304, 0x05060708);
const word = fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 0xffffffff }));

describe('an index of ids', () => {
  it('knows the first place of each, as a map does', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word, word, word), { maxLength: 40 }), (ids) => {
        const index = new IdIndex(1, key);
        const places = new Map<string, number>();
        for (const [place, id] of ids.entries()) {
          expect(index.add(Uint32Array.from(id), 0, place)).toBe(places.get(id.join()));
          if (!places.has(id.join())) places.set(id.join(), place);
        }
      }),
      { numRuns: 10_000 },
    );
  });

  it('grows without losing any, also of ids that are alike', () => {
    const index = new IdIndex(1, key);
    const count = 20_000;
    const idOf = (at: number): Uint32Array => Uint32Array.of(0, at % 7, at, 0);
    for (let at = 0; at < count; at += 1) expect(index.add(idOf(at), 0, at + 5)).toBeUndefined();
    for (let at = 0; at < count; at += 1) expect(index.add(idOf(at), 0, 0)).toBe(at + 5);
  });
});
