import { costlyRuns, manyRuns } from '@sotto/browsers/runs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ByteSource, bytesSource, checkManifest, type ObjectReader, openObject } from '../src/index.ts';
import { drain, open, rejection, same } from './opening.ts';
import { openDesk, type Stored, sealObject } from './sealing.ts';

/** Two closed runs around one that was cut; more than two spans of 64 segments in all. */
const lengths = [300_000, -3, 20_000];

describe('a range', () => {
  let stored: Stored;
  let reader: ObjectReader;

  beforeAll(async () => {
    stored = await sealObject(await openDesk(), lengths, 77);
    reader = await open(stored);
  });

  const range = fc
    .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.oneof(fc.nat(3), fc.nat(9000), fc.nat(400_000)))
    .map(([share, size]) => {
      const offset = Math.floor(share * stored.plaintext.byteLength);
      return { offset, size: Math.min(size, stored.plaintext.byteLength - offset) };
    });

  it('that is read is the slice', async () => {
    await fc.assert(
      fc.asyncProperty(range, async ({ offset, size }) =>
        same(await reader.read(offset, size), stored.plaintext.slice(offset, offset + size)),
      ),
      { numRuns: manyRuns },
    );
  });

  it('that is streamed is the slice', async () => {
    await fc.assert(
      fc.asyncProperty(range, async ({ offset, size }) => {
        const { bytes, failure } = await drain(reader.stream(offset, size));
        return failure === null && same(bytes, stored.plaintext.slice(offset, offset + size));
      }),
      { numRuns: costlyRuns(500) },
    );
  });

  it('of every pair of neighbours around every boundary is the slice', async () => {
    const starts = [0, 4039, 4040, 8119, 8120, 261_079, 261_080, 265_160, 299_999, 300_000, 312_199, 312_200];
    for (const offset of starts) {
      for (const size of [0, 1, 2]) {
        expect(same(await reader.read(offset, size), stored.plaintext.slice(offset, offset + size))).toBe(true);
      }
    }
  });

  it('that reaches outside is refused, not shortened', async () => {
    const total = reader.length;
    for (const [offset, size] of [
      [total, 1],
      [-1, 1],
      [0, total + 1],
      [0.5, 1],
      [0, Number.NaN],
      [Number.MAX_SAFE_INTEGER, 1],
    ] as const) {
      expect((await rejection(reader.read(offset, size))).code).toBe('argument');
      expect((await drain(reader.stream(offset, size))).failure).toMatchObject({ code: 'argument' });
    }
    expect((await reader.read(total, 0)).byteLength).toBe(0);
  });

  it('that is too long for one piece is refused before anything is read', async () => {
    expect((await rejection(reader.read(0, 16_777_217))).code).toBe('argument');
  });
});

describe('a reader', () => {
  const counted = (bytes: Uint8Array) => {
    const asked: { offset: number; length: number }[] = [];
    const source: ByteSource = {
      length: bytes.byteLength,
      read: async (offset, length) => {
        asked.push({ offset, length });
        return bytes.slice(offset, offset + length);
      },
    };
    return { source, asked };
  };

  const openCounted = async (size: number) => {
    const stored = await sealObject(await openDesk(), [size], null);
    const { source, asked } = counted(stored.runs[0] ?? new Uint8Array());
    const manifest = await checkManifest(stored.manifest, {
      signer: stored.desk.trusted,
      context: stored.desk.context,
      hash: null,
    });
    const reader = await openObject(manifest, { runs: [source], head: null }, stored.desk.keys);
    return { reader, asked, stored };
  };

  it('asks for one segment to read one byte', async () => {
    const { reader, asked } = await openCounted(2_000_000);
    asked.length = 0;
    await reader.read(1_234_567, 1);
    expect(asked).toEqual([{ offset: 1280 + 4096 * 302, length: 4096 }]);
  });

  it('opens with the header, the start of the body and its last segment', async () => {
    const { asked } = await openCounted(2_000_000);
    expect(asked.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(1280 + 40 + 4096);
  });

  it('reads nothing ahead of a stream that nobody asks, and about a megabyte ahead of one that is asked', async () => {
    const { reader, asked } = await openCounted(4_000_000);
    asked.length = 0;
    const stream = reader.stream();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked).toEqual([]);
    await stream.getReader().read();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(1_048_576);
  });

  it('stops asking when its stream is cancelled', async () => {
    const { reader, asked } = await openCounted(4_000_000);
    const streamed = reader.stream().getReader();
    await streamed.read();
    await streamed.cancel();
    const soFar = asked.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked.length).toBe(soFar);
  });

  it('tells a source that fails from one that lies', async () => {
    const { stored } = await openCounted(9000);
    const [file = new Uint8Array()] = stored.runs;
    const manifest = await checkManifest(stored.manifest, {
      signer: stored.desk.trusted,
      context: stored.desk.context,
      hash: null,
    });
    const over = (read: ByteSource['read']) =>
      openObject(manifest, { runs: [{ length: file.byteLength, read }], head: null }, stored.desk.keys);
    const broken = await rejection(over(() => Promise.reject(new Error('unplugged'))));
    expect(broken).toEqual({ code: 'port', at: 'source, run 0' });
    const short = await rejection(over(async (offset, length) => file.slice(offset, offset + length - 1)));
    expect(short).toEqual({ code: 'length', at: 'source, run 0' });
    for (const answer of [undefined, null, 'x'.repeat(1280), file.buffer] as unknown[]) {
      const strange = await rejection(over(() => Promise.resolve(answer as Uint8Array)));
      expect(strange).toEqual({ code: 'port', at: 'source, run 0' });
    }
    const { desk } = stored;
    const badKeys = await rejection(
      openObject(manifest, { runs: [bytesSource(file)], head: null }, () => Promise.reject(new Error('refused'))),
    );
    expect(badKeys).toEqual({ code: 'port', at: 'keys, run 0' });
    const otherKey = await rejection(
      openObject(manifest, { runs: [bytesSource(file)], head: null }, async () => new Uint8Array(32)),
    );
    expect(otherKey).toEqual({ code: 'authenticity', at: 'keys, run 0' });
    expect(desk.privateKey.some((byte) => byte !== 0)).toBe(true);
  });
});
