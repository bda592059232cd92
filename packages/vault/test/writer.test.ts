import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  contextHash,
  createRun,
  parseHeader,
  type RunWriter,
  type SealedPiece,
  type Sink,
  signManifest,
  unwrapDataKey,
} from '../src/index.ts';
import { open, rejection, same } from './opening.ts';
import { contextOf, type Desk, join, openDesk, pattern, sealedAt } from './sealing.ts';

describe('a run being written', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await openDesk();
  });

  const start = (sink: Sink): Promise<RunWriter> =>
    createRun({ context: contextOf(desk, 0), publicKey: desk.publicKey, previous: null }, sink);

  const collect = () => {
    const pieces: SealedPiece[] = [];
    const sink: Sink = async (piece) => {
      pieces.push(piece);
    };
    return { pieces, sink, bytes: () => join(...pieces.flatMap(({ chunks }) => [...chunks])) };
  };

  it('hands out its header, then its segments in order and without gaps, the last one marked', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 12 }),
        fc.nat(3),
        async (sizes, delay) => {
          const { pieces, sink } = collect();
          const slow: Sink = async (piece) => {
            for (let turn = 0; turn < delay; turn += 1) await Promise.resolve();
            await sink(piece);
          };
          const run = await start(slow);
          const writer = run.writable.getWriter();
          for (const size of sizes) await writer.write(pattern(size));
          await writer.close();
          const [header, ...rest] = pieces;
          let next = 0;
          for (const piece of rest) {
            if (piece.type !== 'segments' || piece.first !== next) return false;
            next += piece.count;
            if (piece.last !== (piece === rest.at(-1))) return false;
          }
          return header?.type === 'header' && next === (await run.record).segments;
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives its sink one piece at a time', async () => {
    let busy = 0;
    let most = 0;
    const run = await start(async () => {
      busy += 1;
      most = Math.max(most, busy);
      await new Promise((resolve) => setTimeout(resolve, 1));
      busy -= 1;
    });
    const writer = run.writable.getWriter();
    for (let round = 0; round < 40; round += 1) await writer.write(pattern(9000));
    await writer.close();
    expect(most).toBe(1);
  });

  it('holds back a writer that is faster than its sink', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<boolean>();
    let taken = 0;
    const run = await start(async () => {
      await released;
      taken += 1;
    });
    const writer = run.writable.getWriter();
    let written = 0;
    const writing = (async () => {
      for (let round = 0; round < 64; round += 1) {
        await writer.write(pattern(65_536));
        written += 1;
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(written * 65_536).toBeLessThanOrEqual(1_048_576);
    expect(taken).toBe(0);
    release(true);
    await writing;
    await writer.close();
    expect(written).toBe(64);
  });

  it('takes what is in a chunk at the time of the write, and no later change of it', async () => {
    const { sink, bytes } = collect();
    const run = await start(sink);
    const writer = run.writable.getWriter();
    const plaintext = pattern(400_000);
    const chunk = new Uint8Array(50_000);
    for (let offset = 0; offset < plaintext.byteLength; offset += chunk.byteLength) {
      chunk.set(plaintext.subarray(offset, offset + chunk.byteLength));
      await writer.write(chunk);
      chunk.fill(0xee);
    }
    await writer.close();
    const record = await run.record;
    const manifest = await signManifest(
      { context: desk.context, roster: null, sealedAt, runs: [record], head: null },
      desk.signer,
    );
    const file = bytes();
    const reader = await open({
      desk,
      plaintext,
      manifest,
      runs: [file],
      records: [record],
      head: null,
      headPlaintext: plaintext,
      headRecord: null,
    });
    expect(same(await reader.read(0, reader.length), plaintext)).toBe(true);
  });

  it('says how much padding gets everything out, and then it is out', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 6 }), async (sizes) => {
        const { pieces, sink } = collect();
        const run = await start(sink);
        const writer = run.writable.getWriter();
        let written = 0;
        for (const size of sizes) {
          await writer.write(pattern(size));
          written += size;
          const { unsealed } = run;
          if (unsealed === 0 || unsealed > 4080) return false;
          await writer.write(pattern(unsealed));
          await run.handedOut();
          const segments = pieces.reduce((sum, piece) => sum + (piece.type === 'segments' ? piece.count : 0), 0);
          const sealedBytes = 4040 + (segments - 1) * 4080;
          if (sealedBytes < written || sealedBytes !== written + unsealed - 1) return false;
          written += unsealed;
        }
        await writer.close();
        return (await run.record).length === written;
      }),
      { numRuns: 60 },
    );
  });

  it('has nothing to pad before the first byte', async () => {
    const run = await start(collect().sink);
    expect(run.unsealed).toBe(0);
    await run.handedOut();
  });

  it('is dead after its sink failed: no write, no close, no record, nothing more to the sink', async () => {
    for (const failing of [0, 1, 2]) {
      let calls = 0;
      const run = await start(async () => {
        calls += 1;
        if (calls > failing) throw new Error('disk full');
      });
      const writer = run.writable.getWriter();
      const outcome = (async () => {
        for (let round = 0; round < 200; round += 1) await writer.write(pattern(9000));
        await writer.close();
      })();
      expect(await rejection(outcome)).toEqual({ code: 'port', at: 'sink, run 0' });
      expect(await rejection(run.record)).toEqual({ code: 'port', at: 'sink, run 0' });
      expect(await rejection(run.handedOut())).toEqual({ code: 'port', at: 'sink, run 0' });
      await expect(writer.write(pattern(1))).rejects.toBeInstanceOf(Error);
      await expect(writer.close()).rejects.toBeInstanceOf(Error);
      expect(run.unsealed).toBe(0);
      expect(calls).toBe(failing + 1);
    }
  });

  it('is dead after it was aborted', async () => {
    const { pieces, sink } = collect();
    const run = await start(sink);
    const writer = run.writable.getWriter();
    await writer.write(pattern(9000));
    await run.handedOut();
    await writer.abort(new Error('tab closed'));
    expect(await rejection(run.record)).toEqual({ code: 'deadRun', at: 'run, run 0' });
    expect(await rejection(run.handedOut())).toEqual({ code: 'deadRun', at: 'run, run 0' });
    expect(pieces.some((piece) => piece.type === 'segments' && piece.last)).toBe(false);
  });

  it('is dead at once when it is aborted while its sink hangs', async () => {
    for (const size of [1, 9000, 2_000_000]) {
      const run = await start(() => new Promise(() => undefined));
      const writer = run.writable.getWriter();
      const writing = writer.write(pattern(size)).catch(() => undefined);
      const out = rejection(run.handedOut());
      await new Promise((resolve) => setTimeout(resolve, 5));
      const aborting = writer.abort(new Error('tab closed'));
      expect(await rejection(run.record)).toEqual({ code: 'deadRun', at: 'run, run 0' });
      await aborting;
      await writing;
      expect(await out).toEqual({ code: 'deadRun', at: 'run, run 0' });
    }
  });

  it('is dead at once when it is aborted while it is being closed and its sink hangs', async () => {
    const run = await start(() => new Promise(() => undefined));
    const writer = run.writable.getWriter();
    await writer.write(pattern(9000));
    const outcomes = Promise.allSettled([writer.close(), writer.abort(new Error('tab closed'))]);
    expect(await rejection(run.record)).toEqual({ code: 'deadRun', at: 'run, run 0' });
    expect((await outcomes).map(({ status }) => status)).toContain('rejected');
  });

  it('holds back a segment that is exactly full until another byte follows', async () => {
    const { pieces, sink } = collect();
    const run = await start(sink);
    const writer = run.writable.getWriter();
    await writer.write(pattern(4040));
    await run.handedOut();
    expect(pieces.map(({ type }) => type)).toEqual(['header']);
    expect(run.unsealed).toBe(1);
    await writer.write(pattern(1));
    await run.handedOut();
    expect(pieces.map(({ type }) => type)).toEqual(['header', 'segments']);
  });

  it('is dead after it was given what is not bytes', async () => {
    const run = await start(collect().sink);
    const writer = run.writable.getWriter();
    const wrong: unknown = 'text';
    await expect(writer.write(wrong as Uint8Array)).rejects.toMatchObject({ code: 'argument' });
    expect((await rejection(run.record)).code).toBe('argument');
  });

  it('is about what it was when it was asked for, whatever the caller does to the options meanwhile', async () => {
    const { sink, bytes } = collect();
    const context = { ...contextOf(desk, 1), object: { ...desk.context } };
    const [publicKey, previous] = [desk.publicKey.slice(), pattern(32)];
    const starting = createRun({ context, publicKey, previous }, sink);
    context.run = 2;
    context.object.track += 1;
    previous.fill(0);
    publicKey.fill(0);
    await (await starting).handedOut();
    const header = await parseHeader(bytes().slice(0, 1280));
    expect(header).toMatchObject({ run: 1, previous: pattern(32) });
    expect(header.contextHash).toEqual(await contextHash(contextOf(desk, 1)));
    expect(await unwrapDataKey(header, desk.privateKey)).toHaveLength(32);
  });

  it('does not start with a key, a place or a link that cannot be', async () => {
    const { publicKey } = desk;
    const { sink, pieces } = collect();
    const context = contextOf(desk, 0);
    const previous = new Uint8Array(32);
    const wrong = [
      { context, publicKey: publicKey.slice(1), previous: null },
      { context, publicKey, previous },
      { context: contextOf(desk, 1), publicKey, previous: null },
      { context: contextOf(desk, 1), publicKey, previous: previous.slice(1) },
      { context: contextOf(desk, 0, 'head'), publicKey, previous },
      { context: contextOf(desk, 1, 'head'), publicKey, previous: null },
      { context: contextOf(desk, 1024), publicKey, previous },
      { context: contextOf(desk, 0.5), publicKey, previous: null },
    ];
    for (const options of wrong) expect((await rejection(createRun(options, sink))).code).toBe('argument');
    expect(pieces).toEqual([]);
  });
});
