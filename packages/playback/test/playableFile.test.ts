import { bytesSource } from '@sotto/vault';
import { headFromZero } from '@sotto/webm';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { playbackFaultOf } from '../src/errors.ts';
import { PlayableFile } from '../src/playableFile.ts';
import { framesOf, joined, type Sealed, seal, sourcesOfFiles, written } from './sealedFile.ts';

const cluster = Buffer.from([0x1f, 0x43, 0xb6, 0x75]);
const recording = written([framesOf(4_000, 14_000), framesOf(17_000, 30_000)]);
const plaintext = joined(recording.runs);
/** What a player is given: the head with a silence at 0, and all from the first cluster on. */
const served = joined([headFromZero(recording.head), plaintext.subarray(Buffer.from(plaintext).indexOf(cluster))]);

async function read(file: PlayableFile, from: number, to: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of file.pieces({ from, to }, new AbortController().signal)) pieces.push(piece);
  return joined(pieces);
}

const openWhole = async (sealed: Sealed): Promise<PlayableFile> =>
  PlayableFile.open(
    await sealed.open(sourcesOfFiles(sealed), sealed.headFile && bytesSource(sealed.headFile)),
    () => undefined,
  );

describe('a recording with its head', () => {
  let sealed: Sealed;
  let file: PlayableFile;
  beforeAll(async () => {
    sealed = await seal(recording.runs, recording.head);
    file = await openWhole(sealed);
  });

  it('is one file, and says when it begins and ends', async () => {
    expect(file.length).toBe(served.length);
    expect([file.begins, file.ends, file.joints]).toEqual([4_000, 30_000, []]);
    expect([...file.kinds].sort()).toEqual(['audio', 'video']);
    expect(Buffer.compare(await read(file, 0, file.length), served)).toBe(0);
  });

  it('has every range of it', async () => {
    const place = fc.nat(served.length - 1);
    await fc.assert(
      fc.asyncProperty(place, place, async (one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other) + 1];
        expect(Buffer.compare(await read(file, from, to), served.subarray(from, to))).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('gives little at first, and nothing before it is asked', async () => {
    const pieces = file.pieces({ from: 1_000, to: file.length }, new AbortController().signal);
    const first = await pieces.next();
    expect(first.value?.length).toBeLessThanOrEqual(64 * 1024);
    await pieces.return();
  });

  it('of which an octet was changed gives nothing that isn’t what was sealed', async () => {
    const [first = new Uint8Array(), second = new Uint8Array()] = sealed.files;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1_400, max: second.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, bits) => {
          const changed = second.with(at, (second[at] ?? 0) ^ bits);
          const given: Uint8Array[] = [];
          const code = await (async () => {
            const head = sealed.headFile && bytesSource(sealed.headFile);
            const spoilt = await PlayableFile.open(
              await sealed.open([bytesSource(first), bytesSource(changed)], head),
              () => undefined,
            );
            for await (const piece of spoilt.pieces({ from: 0, to: spoilt.length }, new AbortController().signal)) {
              given.push(piece);
            }
            return 'played';
          })().catch((error: unknown) => playbackFaultOf(error).code);
          expect(code).toBe('spoilt');
          const all = joined(given);
          expect(Buffer.compare(all, served.subarray(0, all.length))).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('that was cut, or whose runs were swapped, isn’t opened', async () => {
    const [first = new Uint8Array(), second = new Uint8Array()] = sealed.files;
    const head = sealed.headFile && bytesSource(sealed.headFile);
    for (const files of [
      [first, second.subarray(0, second.length - 4_096)],
      [second, first],
      [first, first],
    ]) {
      await expect(
        sealed.open(
          files.map((one) => bytesSource(one)),
          head,
        ),
      ).rejects.toThrow();
    }
  });
});

describe('a recording that was interrupted', () => {
  it('is looked through, and plays with all that is there', async () => {
    const file = await openWhole(await seal(recording.runs, null));
    expect([file.begins, file.ends, file.joints]).toEqual([4_000, 30_000, [17_000]]);
    expect(Buffer.compare(await read(file, 0, file.length), served)).toBe(0);
  });

  it('of which nothing was recorded is empty', async () => {
    const { runs } = written([[]]);
    await expect(seal(runs, null).then(openWhole)).rejects.toMatchObject({ code: 'empty' });
  });
});
