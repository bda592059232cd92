import { beforeAll, describe, expect, test } from 'vitest';
import { type FolderId, type ObjectStore, openStoredObject } from '../src/index.ts';
import type { ByteSource } from '../src/partedSource.ts';
import { freshFolder, type Harness, pattern, runPart, same } from './harness.ts';

/** An object's folder as one source of bytes, over every adapter (SPEC.md section 7). */
export function readingContract(harness: () => Harness): void {
  let store: ObjectStore;
  const lengths = [100_000, 1, 65_536, 200_000, 30_000];
  const content = pattern(lengths.reduce((sum, length) => sum + length));
  let folder: FolderId;

  beforeAll(async () => {
    store = harness().store;
    folder = freshFolder();
    let from = 0;
    for (const [index, length] of lengths.entries()) {
      await store.create(runPart(folder, 0, index), content.subarray(from, from + length));
      from += length;
    }
  });

  const open = async (cacheBytes?: number): Promise<ByteSource> => {
    const found = await openStoredObject(store, folder, cacheBytes === undefined ? {} : { cacheBytes });
    const source = found.tag === 'stored' ? found.runs[0] : undefined;
    if (source === undefined) throw new Error(found.tag);
    return source;
  };

  describe('parts as one source', () => {
    test.each([undefined, 0])('every range is what it was, keeping %s bytes', async (cacheBytes) => {
      const source = await open(cacheBytes);
      expect(source.length).toBe(content.byteLength);
      const edges = [0, 1, 65_536, 99_999, 100_000, 100_001, 165_537, 365_537, content.byteLength - 1];
      for (const offset of edges) {
        for (const length of [1, 2, 70_000, content.byteLength - offset]) {
          const taken = Math.min(length, content.byteLength - offset);
          const bytes = await source.read(offset, taken);
          expect(same(bytes, content.subarray(offset, offset + taken))).toBe(true);
        }
      }
    });

    test('a part that has been cut short is told, and nothing of it is returned', async () => {
      const source = await open();
      const mend = await harness().shorten(runPart(folder, 0, 3));
      await expect(source.read(165_537 + 131_072, 200_000 - 131_072)).rejects.toMatchObject({ code: 'truncated' });
      await mend();
      const whole = await source.read(0, content.byteLength);
      expect(same(whole, content)).toBe(true);
    });

    test('a store that goes away while it is read is told, and read on when it is back', async () => {
      const source = await open();
      await source.read(0, 1000);
      await harness().whileDown(async () => {
        await expect(source.read(200_000, 1000)).rejects.toMatchObject({ code: 'unavailable' });
      });
      expect(same(await source.read(200_000, 1000), content.subarray(200_000, 201_000))).toBe(true);
    });
  });

  describe('an object’s folder', () => {
    test('that isn’t there', async () => {
      expect(await openStoredObject(store, freshFolder())).toEqual({ tag: 'absent' });
    });

    test.each([
      ['a run’s first part', [[0, 1]], [0, 0]],
      [
        'a part between',
        [
          [0, 0],
          [0, 2],
        ],
        [0, 1],
      ],
      [
        'a run',
        [
          [0, 0],
          [2, 0],
        ],
        [1, 0],
      ],
      [
        'the next run’s first part',
        [
          [0, 0],
          [1, 1],
        ],
        [1, 0],
      ],
    ] as const)('in which %s is missing', async (_, parts, [run, index]) => {
      const incomplete = freshFolder();
      for (const [foundRun, foundIndex] of parts)
        await store.create(runPart(incomplete, foundRun, foundIndex), pattern(1));
      expect(await openStoredObject(store, incomplete)).toEqual({
        tag: 'incomplete',
        missing: runPart(incomplete, run, index),
      });
    });
  });
}
