import { describe, expect, it } from 'vitest';
import { bytesSource, parseHeader, unwrapDataKey } from '../../src/index.ts';
import { salvageRun } from '../../src/salvage.ts';
import { unsafeCreateRun } from '../../src/testing/index.ts';
import { contextOf, join, openDesk, pattern, sealRun } from '../sealing.ts';

/** Node's `Buffer` is a `Uint8Array` whose `slice` is a view: what is kept of one has to be copied. */
describe('a Buffer', () => {
  it('of a header may be used again once it has been parsed', async () => {
    const desk = await openDesk();
    const { file } = await sealRun(desk, 0, null, [pattern(100)]);
    const buffer = Buffer.from(file.slice(0, 1280));
    const parsing = parseHeader(buffer);
    buffer.fill(0);
    const header = await parsing;
    expect(header).toEqual(await parseHeader(file.slice(0, 1280)));
    expect(await unwrapDataKey(header, desk.privateKey)).toHaveLength(32);
  });

  it('of randomness is wiped, and the run is sealed under what it was', async () => {
    const desk = await openDesk();
    const pieces: Uint8Array[] = [];
    const random = { dataKey: Buffer.from(pattern(32, 1)), body: Buffer.from(pattern(39, 2)), encapsulation: null };
    const options = { context: contextOf(desk, 0), publicKey: desk.publicKey, previous: null };
    const starting = unsafeCreateRun(
      options,
      async ({ chunks }) => {
        pieces.push(...chunks);
      },
      random,
    );
    random.body.fill(0);
    const run = await starting;
    const writer = run.writable.getWriter();
    await writer.write(pattern(9000));
    await writer.close();
    expect(random.dataKey.every((byte) => byte === 0)).toBe(true);
    const header = await parseHeader(join(...pieces).slice(0, 1280));
    expect(await unwrapDataKey(header, desk.privateKey)).toEqual(pattern(32, 1));
    expect(join(...pieces).slice(1281, 1320)).toEqual(pattern(39, 2));
    const reader = await salvageRun(bytesSource(join(...pieces)), 'closed', desk.keys);
    expect(await reader.read(0, 9000)).toEqual(pattern(9000));
  });
});
