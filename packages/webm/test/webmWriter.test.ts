import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  finalHead,
  type MediaFrame,
  RecordingScan,
  WebmFormatError,
  WebmUsageError,
  WebmWriter,
} from '../src/index.ts';
import { hex, type PlayedFrame, played } from './played.ts';
import { audioFrame, framesOf, joined, picture, record, takes, videoFrame } from './recorded.ts';

/** Each is a file of some hundred frames. */
const numRuns = 100;
const paddings = fc.array(fc.oneof(fc.integer({ min: 2, max: 300 }), fc.constantFrom(4080, 20_000)), { maxLength: 5 });

const sample = { seconds: 2, keyEveryMs: 400, soundFromMs: 0, lateness: 0, seed: 7, losesPicture: false };

const shown = ({ kind, time, isKey, data }: MediaFrame): PlayedFrame => ({
  kind,
  time: Math.round(time),
  isKey,
  data: hex(data),
});
const byTrack = (frames: readonly MediaFrame[]): PlayedFrame[] =>
  (['video', 'audio'] as const).flatMap((kind) => frames.filter((frame) => frame.kind === kind).map(shown));
const dataOf = (frames: readonly PlayedFrame[]): string[] => frames.map(({ kind, data }) => `${kind} ${data}`);

describe('a recording', () => {
  it('plays as it came, with either head', async () => {
    await fc.assert(
      fc.asyncProperty(takes, async (take) => {
        const frames = framesOf(take);
        const { open, clusters, head } = record(frames);
        const expected = byTrack(frames);
        expect(await played(joined([head, clusters]))).toEqual(expected);
        expect(await played(joined([open, clusters]))).toEqual(expected);
      }),
      { numRuns },
    );
  });

  it('loses no frame where it was filled up, and no time but where a frame was late', async () => {
    await fc.assert(
      fc.asyncProperty(takes, paddings, async (take, lengths) => {
        const frames = framesOf(take);
        const { clusters, head } = record(frames, lengths);
        const found = await played(joined([head, clusters]));
        const expected = byTrack(frames);
        expect(dataOf(found)).toEqual(dataOf(expected));
        for (const [place, { time }] of found.entries()) {
          expect(time).toBeGreaterThanOrEqual(expected[place]?.time ?? 0);
          expect(time).toBeLessThanOrEqual((expected[place]?.time ?? 0) + 250);
        }
      }),
      { numRuns },
    );
  });

  it('of sound alone, or of picture alone, has that track and no other', async () => {
    for (const frames of [
      [0, 20, 40, 6000].map((time) => audioFrame(time, time)),
      [0, 33, 66].map((time) => videoFrame(time, time === 0, time)),
    ]) {
      const { head, clusters } = record(frames);
      expect(await played(joined([head, clusters]))).toEqual(byTrack(frames));
    }
  });

  it('begins its picture with a key frame, and after a loss again', async () => {
    const writer = new WebmWriter(picture);
    const parts = [writer.add(videoFrame(0, false, 1)), writer.add(videoFrame(33, true, 2))];
    writer.skipToKeyFrame();
    // What is held was there before the loss.
    parts.push(
      writer.flush(),
      writer.add(videoFrame(66, false, 3)),
      writer.add(videoFrame(99, true, 4)),
      writer.flush(),
    );
    const found = await played(joined([writer.finalHead(), ...parts]));
    expect(found.map(({ time }) => time)).toEqual([33, 99]);
  });

  it('has no two frames of a track at one time, however late they are', async () => {
    const late = [300, 320, 340, 340].map((time) => audioFrame(time, time));
    const pictures = [videoFrame(0, true, 1), videoFrame(1_500, true, 2), videoFrame(2_000, false, 3)];
    const { head, clusters } = record([...pictures, ...late, videoFrame(2_000, false, 4)]);
    const found = await played(joined([head, clusters]));
    const times = (kind: string) => found.filter((frame) => frame.kind === kind).map(({ time }) => time);
    expect(times('audio')).toEqual([1_500, 1_501, 1_502, 1_503]);
    expect(times('video')).toEqual([0, 1_500, 2_000, 2_001]);
  });

  it('can be sought at each key frame a second after the last', () => {
    const frames = Array.from({ length: 300 }, (_, i) => videoFrame(i * 33, i % 15 === 0, i));
    const { open, clusters } = record(frames);
    const scan = new RecordingScan();
    scan.push(joined([open, clusters]));
    const times = scan.finish()?.clusters.map(({ time, isSeekable }) => (isSeekable ? time : -1));
    expect(times).toEqual([0, 1485, 2970, 4455, 5940, 7425, 8910]);
  });

  it('takes nothing that can’t be played', () => {
    const writer = new WebmWriter(picture);
    for (const time of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => writer.add(audioFrame(time, 1))).toThrow(WebmUsageError);
    }
    expect(writer.add({ ...audioFrame(0, 1), data: new Uint8Array() })).toHaveLength(0);
    expect(writer.flush()).toHaveLength(0);
    expect(() => writer.padding(1)).toThrow(WebmUsageError);
    expect(() => new WebmWriter({ width: 0, height: 720 })).toThrow(WebmUsageError);
  });
});

describe('a recording without its head', () => {
  it('is known by looking through it as well as by having written it', () => {
    fc.assert(
      fc.property(takes, paddings, fc.integer({ min: 1, max: 5000 }), (take, lengths, chunk) => {
        const { open, clusters, head } = record(framesOf(take), lengths);
        const file = joined([open, clusters]);
        const scan = new RecordingScan();
        for (let at = 0; at < file.length; at += chunk) scan.push(file.subarray(at, at + chunk));
        const scanned = scan.finish();
        if (!scanned) throw new Error('There are frames.');
        expect(hex(finalHead(scanned))).toBe(hex(head));
        expect(scanned.pieces).toEqual([{ start: open.length, end: file.length }]);
      }),
      { numRuns },
    );
  });

  it('that was cut off and continued by another run plays up to the cut and from there', async () => {
    await fc.assert(
      fc.asyncProperty(takes, takes, fc.double({ min: 0, max: 1, noNaN: true }), async (take, second, share) => {
        const first = framesOf(take);
        const later = framesOf(second).map((frame) => ({ ...frame, time: frame.time + 20_000 }));
        const [before, after] = [record(first), record(later)];
        const whole = joined([before.open, before.clusters]);
        const cut = whole.subarray(0, before.open.length + Math.floor(share * before.clusters.length));
        const scan = new RecordingScan();
        scan.push(cut);
        scan.nextRun();
        scan.push(after.clusters);
        const scanned = scan.finish();
        if (!scanned) throw new Error('There are frames.');
        const stored = joined([cut, after.clusters]);
        const served = [finalHead(scanned), ...scanned.pieces.map(({ start, end }) => stored.subarray(start, end))];
        const found = await played(joined(served));
        for (const kind of ['video', 'audio'] as const) {
          const expectedFirst = first.filter((frame) => frame.kind === kind).map(shown);
          const expectedLater = later.filter((frame) => frame.kind === kind).map(shown);
          const foundOf = found.filter((frame) => frame.kind === kind);
          const early = foundOf.filter(({ time }) => time < 20_000);
          expect(foundOf.slice(early.length)).toEqual(expectedLater);
          expect(early).toEqual(expectedFirst.slice(0, early.length));
        }
      }),
      { numRuns },
    );
  });

  it('that was changed is refused in so many words, or taken for what it says', () => {
    const { open, clusters } = record(framesOf({ ...sample, seconds: 1 }), [300]);
    const file = joined([open, clusters]);
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), fc.integer({ min: 1, max: 999 }), (at, octet, chunk) => {
        const scan = new RecordingScan();
        const changed = file.with(at, octet);
        try {
          for (let from = 0; from < changed.length; from += chunk) scan.push(changed.subarray(from, from + chunk));
          const pieces = scan.finish()?.pieces ?? [];
          return pieces.every(({ start, end }) => start < end && end <= file.length);
        } catch (error) {
          return error instanceof WebmFormatError;
        }
      }),
      { numRuns: 10_000 },
    );
  });

  it('is nothing where there is nothing', () => {
    const scan = new RecordingScan();
    scan.push(new WebmWriter(picture).open());
    expect(scan.finish()).toBeNull();
  });
});
