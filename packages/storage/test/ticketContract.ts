import { beforeAll, describe, expect, test } from 'vitest';
import type { ObjectStore } from '../src/index.ts';
import { all, failure, freshName, type Harness, inSeconds, pattern, runFolder, same, whole } from './harness.ts';

/** What a ticket gives the right to, and what not, over every adapter (SPEC.md sections 5 and 6). */
export function ticketContract(harness: () => Harness): void {
  let store: ObjectStore;
  beforeAll(() => {
    store = harness().ticketing;
  });

  describe('tickets', () => {
    const length = 5000;

    test('one creates one part, once', async () => {
      const name = freshName();
      const ticket = await store.presignPart(name, { length, expires: inSeconds(60) });
      expect(await harness().upload(ticket, pattern(length, 1))).toBe('created');
      await harness().upload(ticket, pattern(length, 2));
      expect(same((await whole(store, name)) ?? new Uint8Array(), pattern(length, 1))).toBe(true);
      expect(await all(store.list(runFolder(name)))).toEqual([{ name, length }]);
    });

    test('one that is over creates nothing', async () => {
      const name = freshName();
      const earlier = await harness().at(inSeconds(-120));
      const ticket = await earlier.presignPart(name, { length, expires: inSeconds(-60) });
      expect(await harness().upload(ticket, pattern(length))).toBe('refused');
      expect(await store.inspect(name)).toBeNull();
    });

    test.each([-1, 1])('what is %i byte off in length isn’t taken', async (off) => {
      const name = freshName();
      const ticket = await store.presignPart(name, { length, expires: inSeconds(60) });
      expect(await harness().upload(ticket, pattern(length + off))).toBe('refused');
      expect(await store.inspect(name)).toBeNull();
    });

    test('one that was changed to another name creates nothing', async () => {
      const [name, other] = [freshName(), freshName()];
      const ticket = await store.presignPart(name, { length, expires: inSeconds(60) });
      expect(await harness().upload(harness().forge(ticket, name, other), pattern(length))).toBe('refused');
      expect(await store.inspect(other)).toBeNull();
      expect(await store.inspect(name)).toBeNull();
    });

    test('none is good for longer than an hour, for no time, or for nothing', async () => {
      const name = freshName();
      expect(await failure(store.presignPart(name, { length, expires: inSeconds(3700) }))).toBe('argument');
      expect(await failure(store.presignPart(name, { length, expires: inSeconds(-1) }))).toBe('argument');
      expect(await failure(store.presignPart(name, { length: 0, expires: inSeconds(60) }))).toBe('argument');
    });
  });
}
