import { costlyRuns } from '@sotto/browsers/runs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Bytes } from '../src/index.ts';
import { signManifest } from '../src/index.ts';
import { drain, open, same } from './opening.ts';
import { type Desk, hashOf, openDesk, pattern, sealedAt, sealObject, sealRun } from './sealing.ts';

/** Plaintext lengths at which a body's first segments are exactly full (SPEC.md section 7). */
const boundaries = [0, 4040, 8120, 12_200, 16_280, 4040 + 63 * 4080, 4040 + 64 * 4080];
const nearBoundary = fc
  .tuple(fc.constantFrom(...boundaries), fc.integer({ min: -3, max: 3 }))
  .map(([boundary, step]) => Math.max(0, boundary + step));
const length = fc.oneof({ weight: 3, arbitrary: nearBoundary }, { weight: 2, arbitrary: fc.nat(20_000) });

/** Cuts bytes into chunks of the given sizes, over and over; a size of 0 makes an empty chunk. */
const chunked = (bytes: Bytes, sizes: readonly number[]): Bytes[] => {
  const chunks: Bytes[] = [];
  for (let offset = 0, turn = 0; offset < bytes.byteLength; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(bytes.subarray(offset, offset + size));
    offset += size;
  }
  return chunks;
};

const chunkSizes = fc.oneof(
  fc.constantFrom([4096], [4080], [4040], [1 << 20], [65_536], [8160], [4081, 4079]),
  fc.array(fc.integer({ min: 200, max: 9000 }), { minLength: 1, maxLength: 5 }),
  fc
    .array(fc.constantFrom(0, 1, 4039, 4040, 4041, 4080), { minLength: 1, maxLength: 3 })
    .map((sizes) => [...sizes, 500]),
);

describe('what is sealed opens again', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await openDesk();
  });

  it('at every length around a segment boundary, however it is chunked', async () => {
    await fc.assert(
      fc.asyncProperty(length, chunkSizes, fc.nat(), async (size, sizes, salt) => {
        const plaintext = pattern(size, salt);
        const { file, record } = await sealRun(desk, 0, null, chunked(plaintext, sizes));
        const manifest = await signManifest(
          { context: desk.context, roster: null, sealedAt, runs: [record], head: null },
          desk.signer,
        );
        const stored = { desk, plaintext, runs: [file], records: [record], head: null, headPlaintext: plaintext };
        const reader = await open({ ...stored, headRecord: null, manifest });
        const { bytes, failure } = await drain(reader.stream());
        return failure === null && reader.length === size && same(bytes, plaintext);
      }),
      { numRuns: costlyRuns(400) },
    );
  });

  it('the same however it was chunked, but for the randomness', async () => {
    const plaintext = pattern(30_000);
    const once = await sealRun(desk, 0, null, [plaintext]);
    const often = await sealRun(desk, 0, null, chunked(plaintext, [997]));
    expect(often.file.byteLength).toBe(once.file.byteLength);
    expect(often.record.segments).toBe(once.record.segments);
    expect(often.record.hash).not.toBe(once.record.hash);
  });

  it('over runs, closed and cut, and with a head', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.nat(9000), fc.integer({ min: -3, max: -1 })), { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat(5000)),
        async (lengths, headLength) => {
          const stored = await sealObject(desk, lengths, headLength);
          const reader = await open(stored);
          const { bytes, failure } = await drain(reader.stream());
          const head = await reader.head?.read(0, reader.head.length);
          return (
            failure === null &&
            same(bytes, stored.plaintext) &&
            (headLength === null ? head === undefined : head !== undefined && same(head, stored.headPlaintext))
          );
        },
      ),
      { numRuns: costlyRuns(60) },
    );
  });

  it('in 1,024 runs at most', async () => {
    const first = await sealRun(desk, 0, null, []);
    const last = await sealRun(desk, 1023, hashOf(first.record), [pattern(10)]);
    expect(last.record.length).toBe(10);
    await expect(sealRun(desk, 1024, hashOf(first.record), [])).rejects.toMatchObject({ code: 'argument' });
  });
});
