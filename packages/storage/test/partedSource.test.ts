import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { ArgumentError, maxReadLength } from '../src/index.ts';
import { partedSource } from '../src/partedSource.ts';
import { pattern, same } from './harness.ts';

const block = 65_536;
const lengths = [4 * block, block + 100, 3 * block];
const content = pattern(lengths.reduce((sum, length) => sum + length));

/** Parts in memory that note what they are asked for, and answer when they are let. */
const notedParts = () => {
  const asked: string[] = [];
  const signals: AbortSignal[] = [];
  let gate: Promise<unknown> = Promise.resolve();
  return {
    asked,
    signals,
    hold: () => {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      gate = promise;
      return { resolve, reject };
    },
    read: async (part: number, offset: number, length: number, signal: AbortSignal): Promise<Uint8Array> => {
      asked.push(`${part}: ${offset} +${length}`);
      signals.push(signal);
      await gate;
      const start = lengths.slice(0, part).reduce((sum, each) => sum + each, 0) + offset;
      return content.slice(start, start + length);
    },
  };
};

describe('what is asked of the parts', () => {
  test('only the blocks that a range lies in, those side by side at once, each once', async () => {
    const parts = notedParts();
    const source = partedSource({ lengths, read: parts.read });
    expect(parts.asked).toEqual([]);
    await source.read(10, 20);
    await source.read(0, block);
    expect(parts.asked).toEqual([`0: 0 +${block}`]);
    await source.read(1, 3 * block);
    expect(parts.asked.slice(1)).toEqual([`0: ${block} +${3 * block}`]);
    const across = await source.read(4 * block - 5, 10);
    expect(parts.asked.slice(2)).toEqual([`1: 0 +${block}`]);
    expect(same(across, content.subarray(4 * block - 5, 4 * block + 5))).toBe(true);
  });

  test('nothing twice for two readers at the same time', async () => {
    const parts = notedParts();
    const source = partedSource({ lengths, read: parts.read });
    await Promise.all([source.read(0, 100), source.read(50, 100), source.read(block - 1, 1)]);
    expect(parts.asked).toHaveLength(1);
  });

  test('again what was used longest ago, once the cache is full', async () => {
    const parts = notedParts();
    const source = partedSource({ lengths, read: parts.read, cacheBytes: 2 * block });
    for (const index of [0, 1, 0, 2]) await source.read(index * block, 1);
    expect(parts.asked).toHaveLength(3);
    await source.read(0, 1);
    expect(parts.asked).toHaveLength(3);
    await source.read(block, 1);
    expect(parts.asked).toHaveLength(4);
  });
});

describe('what is long', () => {
  const long = pattern(maxReadLength + block + 1);
  const answer = (offset: number, length: number) => long.slice(offset, offset + length);

  test('is asked for by no more than one read may ask for', async () => {
    const asked: number[] = [];
    const read = async (_: number, offset: number, length: number) => {
      asked.push(length);
      return answer(offset, length);
    };
    const source = partedSource({ lengths: [long.byteLength], read });
    expect(same(await source.read(0, long.byteLength), long)).toBe(true);
    expect(asked).toEqual([maxReadLength, block + 1]);
  });

  test('isn’t kept beyond the blocks that are', async () => {
    const answers: WeakRef<ArrayBuffer>[] = [];
    const read = async (_: number, offset: number, length: number) => {
      const bytes = answer(offset, length);
      answers.push(new WeakRef(bytes.buffer));
      return bytes;
    };
    const source = partedSource({ lengths: [long.byteLength], read, cacheBytes: block });
    await source.read(0, 8 * block);
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    await expect
      .poll(() => {
        collect();
        return answers.map((memory) => memory.deref() === undefined);
      })
      .toEqual([true]);
    await source.read(7 * block, block);
    expect(answers).toHaveLength(1);
  });
});

describe('what goes wrong', () => {
  test('isn’t kept: the next reader asks anew', async () => {
    const parts = notedParts();
    const source = partedSource({ lengths, read: parts.read });
    const { reject } = parts.hold();
    const failing = [source.read(0, 10), source.read(5, 10)];
    reject(new Error('down'));
    for (const read of failing) await expect(read).rejects.toThrow('down');
    parts.hold().resolve(null);
    expect(same(await source.read(0, 10), content.subarray(0, 10))).toBe(true);
    expect(parts.asked).toHaveLength(2);
  });

  test.each([-1, 1])('an answer that is %i byte off is refused', async (off) => {
    const source = partedSource({ lengths: [100], read: async (_, __, length) => new Uint8Array(length + off) });
    await expect(source.read(0, 100)).rejects.toMatchObject({ code: 'truncated' });
  });

  test('one reader that goes doesn’t end the other’s read; the last one does', async () => {
    const parts = notedParts();
    const source = partedSource({ lengths, read: parts.read });
    const held = parts.hold();
    const [one, other] = [new AbortController(), new AbortController()];
    const reads = [source.read(0, 10, one.signal), source.read(0, 10, other.signal)];
    one.abort(new Error('one has gone'));
    await expect(reads[0]).rejects.toThrow('one has gone');
    expect(parts.signals[0]?.aborted).toBe(false);
    other.abort(new Error('both have gone'));
    await expect(reads[1]).rejects.toThrow('both have gone');
    expect(parts.signals[0]?.aborted).toBe(true);
    const next = source.read(0, 10);
    expect(parts.asked).toHaveLength(2);
    held.resolve(null);
    expect(same(await next, content.subarray(0, 10))).toBe(true);
  });

  test('what it answers with is the reader’s own', async () => {
    const source = partedSource({ lengths, read: notedParts().read });
    (await source.read(0, 10)).fill(0);
    expect(same(await source.read(0, 10), content.subarray(0, 10))).toBe(true);
  });

  test.each([
    [-1, 1],
    [0, -1],
    [0.5, 1],
    [0, content.byteLength + 1],
    [content.byteLength, 1],
    [Number.NaN, 1],
  ])('a range that isn’t within: %d and %d bytes on', async (offset, length) => {
    const parts = notedParts();
    const source = partedSource({ lengths, read: parts.read });
    await expect(source.read(offset, length)).rejects.toBeInstanceOf(ArgumentError);
    expect(parts.asked).toEqual([]);
  });

  test('a part has a length', () => {
    for (const length of [0, -1, 0.5, Number.NaN]) {
      expect(() => partedSource({ lengths: [1, length], read: notedParts().read })).toThrow(ArgumentError);
    }
  });
});
