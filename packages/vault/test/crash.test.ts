import { describe, expect, it } from 'vitest';
import {
  bytesSource,
  checkManifest,
  createRun,
  type Hash,
  openObject,
  type RunRecord,
  type SealedPiece,
  signManifest,
  surveyRun,
  unwrapDataKey,
} from '../src/index.ts';
import { salvageRun } from '../src/salvage.ts';
import { rejection, same } from './opening.ts';
import { contextOf, type Desk, hashOf, join, openDesk, pattern, sealedAt, sealRun, someContext } from './sealing.ts';

/** Writes without ever closing, like a tab that is killed, and answers with what the spool has by then. */
const crash = async (desk: Desk, run: number, previous: RunRecord | undefined, plaintext: Uint8Array) => {
  const pieces: SealedPiece[] = [];
  const sealing = await createRun(
    { context: contextOf(desk, run), publicKey: desk.publicKey, previous: hashOf(previous) },
    async (piece) => {
      pieces.push(piece);
    },
  );
  await sealing.writable.getWriter().write(plaintext);
  await sealing.handedOut();
  const spool = join(...pieces.flatMap(({ chunks }) => [...chunks]));
  return { spool, noted: { header: sealing.headerHash, context: contextOf(desk, run) } };
};

/** What the writer of a sealed run would have noted. */
const notedOf = (desk: Desk, run: number, record: RunRecord) => ({
  header: record.header,
  context: contextOf(desk, run),
});

const read = async (desk: Desk, files: readonly Uint8Array[], records: readonly RunRecord[]) => {
  const signed = await signManifest(
    { context: desk.context, roster: null, sealedAt, runs: [...records], head: null },
    desk.signer,
  );
  const manifest = await checkManifest(signed, { signer: desk.trusted, context: desk.context, hash: null });
  const sources = { runs: files.map((file) => bytesSource(file)), head: null };
  return await openObject(manifest, sources, (header) => unwrapDataKey(header, desk.privateKey));
};

describe('a recording whose tab is killed', () => {
  it('goes on in a new run under a new key, and nothing whole is lost', async () => {
    const desk = await openDesk();
    const said = pattern(30_000, 1);
    const { spool, noted } = await crash(desk, 0, undefined, said);
    const torn = join(spool, pattern(1500, 2));
    const { record, usable, header } = await surveyRun(bytesSource(torn), 'cut', noted);
    expect(usable).toBe(spool.byteLength);
    expect(record).toMatchObject({ ending: 'cut', segments: 7, length: 4040 + 6 * 4080 });
    expect(header).toMatchObject({ part: 'body', run: 0 });
    const after = await sealRun(desk, 1, hashOf(record), [pattern(5000, 3)]);
    expect(after.file.slice(48, 80)).toEqual(hashOf(record));
    expect(after.file.slice(80, 112)).not.toEqual(spool.slice(80, 112));
    const reader = await read(desk, [torn.slice(0, usable), after.file], [record, after.record]);
    expect(same(await reader.read(0, reader.length), join(said.slice(0, record.length), pattern(5000, 3)))).toBe(true);
  });

  it('between its last segment and the note of it: the last segment still opens', async () => {
    const desk = await openDesk();
    const exact = pattern(4040 + 4080);
    const sealed = await sealRun(desk, 0, null, [exact]);
    const { file } = sealed;
    const { record } = await surveyRun(bytesSource(file), 'cut', notedOf(desk, 0, sealed.record));
    const reader = await read(desk, [file], [record]);
    expect(same(await reader.read(0, reader.length), exact)).toBe(true);
  });

  it('can be surveyed whole too, and the survey is the writer’s own record', async () => {
    const desk = await openDesk();
    const { file, record } = await sealRun(desk, 0, null, [pattern(700_000)]);
    expect((await surveyRun(bytesSource(file), 'closed', notedOf(desk, 0, record))).record).toEqual(record);
  });

  it('before a whole segment: there is no run to keep', async () => {
    const desk = await openDesk();
    const { file, record } = await sealRun(desk, 0, null, [pattern(9000)]);
    const noted = notedOf(desk, 0, record);
    for (const length of [0, 1279]) {
      expect((await rejection(surveyRun(bytesSource(file.slice(0, length)), 'cut', noted))).code).toBe('length');
    }
    for (const length of [1280, 1280 + 4095]) {
      expect(await rejection(surveyRun(bytesSource(file.slice(0, length)), 'cut', noted))).toEqual({
        code: 'length',
        at: 'run, run 0',
      });
    }
  });

  it('is kept only if it is the run that was begun: nobody vouches for a stranger’s', async () => {
    const desk = await openDesk();
    const { noted } = await crash(desk, 0, undefined, pattern(9000));
    // Whoever has the object's public key can seal a run of the same object.
    const foreign = await crash(desk, 0, undefined, pattern(9000));
    for (const ending of ['cut', 'closed'] as const) {
      expect(await rejection(surveyRun(bytesSource(foreign.spool), ending, noted))).toEqual({
        code: 'mismatch',
        at: 'header, run 0',
      });
    }
    const { spool, noted: own } = foreign;
    expect((await surveyRun(bytesSource(spool), 'cut', own)).record.header).toBe(own.header);
    const elsewhere = [contextOf(desk, 1), { ...own.context, object: someContext({ track: 4 }) }];
    for (const context of elsewhere) {
      const { code } = await rejection(surveyRun(bytesSource(spool), 'cut', { ...own, context }));
      expect(code).toBe('mismatch');
    }
  });

  it('can be cut shorter before it is signed for, and nothing shows it', async () => {
    const desk = await openDesk();
    const { spool, noted } = await crash(desk, 0, undefined, pattern(30_000));
    const { record } = await surveyRun(bytesSource(spool.slice(0, 1280 + 3 * 4096)), 'cut', noted);
    expect(record.segments).toBe(3);
  });

  it('can’t be passed off as closed, nor a closed run as cut short of its end', async () => {
    const desk = await openDesk();
    const { spool, noted } = await crash(desk, 0, undefined, pattern(9000));
    const { record } = await surveyRun(bytesSource(spool), 'closed', noted);
    expect(await rejection(read(desk, [spool], [record]))).toEqual({
      code: 'authenticity',
      at: 'body, run 0, segment 1',
    });
  });

  it('is refused when the next run does not carry its hash', async () => {
    const desk = await openDesk();
    const first = await sealRun(desk, 0, null, [pattern(9000, 1)]);
    const otherFirst = await sealRun(desk, 0, null, [pattern(9000, 1)]);
    const second = await sealRun(desk, 1, hashOf(first.record), [pattern(9000, 2)]);
    const swapped = read(desk, [otherFirst.file, second.file], [otherFirst.record, second.record]);
    expect(await rejection(swapped)).toEqual({ code: 'mismatch', at: 'header, run 1' });
    const forged = { ...first.record, hash: 'f'.repeat(43) as Hash };
    expect(await rejection(read(desk, [first.file, second.file], [forged, second.record]))).toEqual({
      code: 'mismatch',
      at: 'header, run 1',
    });
  });
});

describe('a run without its manifest', () => {
  it('is salvaged on its own word, whole or up to its last whole segment', async () => {
    const desk = await openDesk();
    const plaintext = pattern(10_000);
    const { file } = await sealRun(desk, 0, null, [plaintext]);
    const keys = desk.keys;
    const whole = await salvageRun(bytesSource(file), 'closed', keys);
    expect(same(await whole.read(0, whole.length), plaintext)).toBe(true);
    const rest = await salvageRun(bytesSource(file.slice(0, -1)), 'cut', keys);
    expect(same(await rest.read(0, rest.length), plaintext.slice(0, 8120))).toBe(true);
    expect((await rejection(salvageRun(bytesSource(file.slice(0, -1)), 'closed', keys))).code).toBe('authenticity');
    expect((await rejection(salvageRun(bytesSource(file.slice(0, -1880)), 'closed', keys))).code).toBe('length');
    expect((await rejection(salvageRun(bytesSource(file.slice(0, 1290)), 'cut', keys))).code).toBe('length');
  });

  it('opens with the right key alone, and only while its header is untouched', async () => {
    const desk = await openDesk();
    const stranger = await openDesk(desk.context, pattern(32, 8));
    const { file } = await sealRun(desk, 0, null, [pattern(100)]);
    const unwrap = (bytes: Uint8Array, privateKey = desk.privateKey) =>
      salvageRun(bytesSource(bytes), 'closed', (header) => unwrapDataKey(header, privateKey));
    expect((await unwrap(file)).length).toBe(100);
    expect(await rejection(unwrap(file, stranger.privateKey))).toEqual({ code: 'authenticity', at: 'wrap, run 0' });
    for (let offset = 14; offset < 1280; offset += 17) {
      const copy = file.slice();
      copy[offset] = (copy[offset] ?? 0) ^ 0x10;
      await expect(unwrap(copy)).rejects.toHaveProperty('code');
    }
  });
});
