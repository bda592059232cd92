import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { LengthError } from '@sotto/vault';
import { RecordingScan, readFinalHead } from '@sotto/webm';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwakeClock, type EarlierRuns, Recorder } from '../src/index.ts';
import {
  earlierOf,
  everything,
  hex,
  MemorySpool,
  openClinic,
  type Played,
  played,
  rebuilt,
  SlowDisk,
  served,
} from './clinic.ts';
import { type Frames, run } from './sceneRun.ts';
import { framesOf, pictureData, secondLeaf } from './visit.ts';

/** A frame of 30 a second. */
const frameMs = 33.4;
/** How far each frame that is played is from when it was caught. Fails for one that nobody gave. */
function errors(found: readonly Played[], given: Frames): number[] {
  const times = new Map(given.map(({ kind, time, data }) => [`${kind} ${hex(data)}`, time]));
  return found.map(({ kind, time, data }) => {
    const caught = times.get(`${kind} ${data}`);
    if (caught === undefined) throw new Error('a frame that nobody gave');
    return time - caught;
  });
}

/** What stands before a file's first cluster. */
const headOf = (file: Uint8Array): Uint8Array =>
  file.subarray(0, Buffer.from(file).indexOf(Uint8Array.of(0x1f, 0x43, 0xb6, 0x75)));

const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

describe('a recording', () => {
  it('plays every frame at its time, with silence, mute and late sound', async () => {
    const clinic = await openClinic();
    const spool = new MemorySpool();
    const recorder = await Recorder.start(clinic.options(spool));
    const given = await run(recorder, {
      from: 0,
      until: 25_000,
      aheadMs: 5_000_000,
      delay: (kind) => (kind === 'audio' ? 20 : 90),
      isSilent: (kind, time) =>
        kind === 'audio' ? time > 8_000 && time < 11_000 && time % 400 !== 0 : time > 14_000 && time < 18_000,
      keyEveryMs: 3_990,
    });
    const { runs, head, lost } = await recorder.finish();
    expect([runs.length, runs[0]?.ending, lost, spool.last]).toEqual([1, 'closed', 0, [{ run: 0 }, 'head']]);
    const opened = await clinic.open(spool, runs, head);
    const found = await played(served(opened.head ?? new Uint8Array(), opened.plaintext));
    expect(found).toHaveLength(given.length);
    expect(largest(errors(found, given))).toBeLessThan(frameMs);
    // Players play sound without a gap, whatever its times say.
    const sound = (await everything(served(opened.head ?? new Uint8Array(), opened.plaintext))).filter(
      ({ kind }) => kind === 'audio',
    );
    for (const [place, { time }] of sound.entries()) expect(Math.abs(time - place * 20 - 20)).toBeLessThan(21);
    expect(sound.length).toBeGreaterThan(25_000 / 20 - 20);
    // What its head says is what anybody finds who looks through it.
    expect(hex(rebuilt([opened.plaintext]) ?? new Uint8Array())).toBe(
      hex(served(opened.head ?? new Uint8Array(), opened.plaintext)),
    );
  });

  it('is cut into parts of ten seconds or a mebibyte', async () => {
    const clinic = await openClinic();
    const spool = new MemorySpool();
    const recorder = await Recorder.start(clinic.options(spool));
    await run(recorder, { from: 0, until: 25_000 });
    await run(recorder, { from: 25_000, until: 35_000, pictureOctets: 20_000 });
    await recorder.finish();
    const parts = [...spool.parts.values()].filter(({ place }) => place.of !== 'head');
    expect(parts.length).toBeGreaterThan(6);
    for (const { length } of parts) expect(length).toBeLessThanOrEqual(1024 * 1024);
    expect(parts.every(({ isWhole }) => isWhole)).toBe(true);
  });

  it('waits for the disk about twice a second', async () => {
    const clinic = await openClinic();
    const spool = new MemorySpool();
    const recorder = await Recorder.start(clinic.options(spool));
    await run(recorder, { from: 0, until: 30_000, pictureOctets: 2_500 });
    expect(spool.appends).toBeLessThan(70);
    await recorder.finish();
  });

  it('goes on in a run of its own when its participant comes back', async () => {
    const clinic = await openClinic();
    const spool = new MemorySpool();
    const recorder = await Recorder.start(clinic.options(spool));
    const before = await run(recorder, { from: 0, until: 6_000, aheadMs: 900_000 });
    const after = await run(recorder, { from: 9_000, until: 15_000, leaf: secondLeaf, aheadMs: -3_000 });
    const { runs, head } = await recorder.finish();
    expect(runs.map(({ ending }) => ending)).toEqual(['closed', 'closed']);
    expect(new Set(spool.noted.map(({ header }) => header)).size).toBe(3);
    const opened = await clinic.open(spool, runs, head);
    const found = await played(served(opened.head ?? new Uint8Array(), opened.plaintext));
    expect(found).toHaveLength(before.length + after.length);
    expect(largest(errors(found, [...before, ...after]))).toBeLessThan(frameMs);
  });

  it('takes the largest picture there is, and leaves it at a key frame only', async () => {
    const clinic = await openClinic();
    const spool = new MemorySpool();
    const recorder = await Recorder.start(clinic.options(spool));
    const layers = [
      { layer: 11, width: 320, height: 180, until: 9_000 },
      { layer: 22, width: 1280, height: 720, until: 4_000 },
    ];
    const expected: string[] = [];
    let isSmall = false;
    for (const frame of framesOf({ from: 0, until: 9_000, keyEveryMs: 1_500, isSilent: (kind) => kind === 'audio' })) {
      const { time, ...tapped } = frame;
      // The large one ends at 4 s; the small one's first key frame after a second of silence comes at 6 s.
      isSmall ||= tapped.isKey && time >= 5_900;
      for (const { layer, width, height, until } of layers) {
        if (time >= until) continue;
        const data = pictureData(tapped.isKey, width, height, time + layer * 65_536, 300);
        recorder.take({ ...tapped, layer, data });
        // At first there is nothing larger than the small one.
        if (layer === 22 || isSmall || expected.length === 0) expected.push(hex(data.slice(0, 16)));
      }
      if (time % 100 === 0) recorder.tick(time);
    }
    const { runs, head } = await recorder.finish();
    const opened = await clinic.open(spool, runs, head);
    const found = await played(served(opened.head ?? new Uint8Array(), opened.plaintext));
    expect(found.map(({ data }) => data.slice(0, 32))).toEqual(expected);
  });

  it('waits for a key frame after a loss, and asks for one', async () => {
    const clinic = await openClinic();
    const spool = new MemorySpool();
    const wished: number[] = [];
    let now = 0;
    const recorder = await Recorder.start(clinic.options(spool, { onKeyFrameWished: () => wished.push(now) }));
    const expected: number[] = [];
    let isWaiting = false;
    for (const { time, ...frame } of framesOf({ from: 0, until: 12_000, keyEveryMs: 4_000, delay: () => 0 })) {
      now = time;
      const isLoss = frame.kind === 'video' && time > 1_000 && time < 1_034;
      isWaiting = (isWaiting || isLoss) && !(frame.kind === 'video' && frame.isKey);
      recorder.take({ ...frame, lost: isLoss ? 3 : 0 });
      if (frame.kind === 'video' && !isWaiting) expected.push(time);
      recorder.tick(time);
    }
    const { runs, head, lost } = await recorder.finish();
    expect(lost).toBe(3);
    const opened = await clinic.open(spool, runs, head);
    const found = await played(served(opened.head ?? new Uint8Array(), opened.plaintext));
    expect(found.filter(({ kind }) => kind === 'video').map(({ time }) => time)).toEqual(expected);
    expect(wished.filter((time) => time > 1_000 && time < 4_000)).toHaveLength(3);
    expect(wished.filter((time) => time > 4_100)).toHaveLength(0);
  });

  it('leaves out the hours in which its device slept, and goes on at a key frame', async () => {
    const clinic = await openClinic();
    const hours = 9 * 60 * 60_000;
    // Some systems' clocks stand still meanwhile; the others' don't.
    for (const counted of [hours, 0]) {
      const spool = new MemorySpool();
      const recorder = await Recorder.start(clinic.options(spool));
      const awake = new AwakeClock();
      const before = await run(recorder, { from: 0, until: 4_000 });
      expect(awake.note(4_000)).toBe(0);
      // On the way as the lid was shut.
      const late = [...framesOf({ from: 3_900, until: 4_000 })].map(({ time: _, ...frame }) => frame);
      const wokeAt = 4_000 + counted;
      if (counted > 0) recorder.awoke(awake.note(wokeAt), wokeAt);
      else recorder.interrupted();
      for (const frame of counted > 0 ? late : []) recorder.take(frame);
      const after = await run(recorder, {
        from: wokeAt,
        until: wokeAt + 6_000,
        aheadMs: hours - counted,
        keyEveryMs: 2_000,
      });
      const { runs, head } = await recorder.finish();
      const opened = await clinic.open(spool, runs, head);
      const found = await played(served(opened.head ?? new Uint8Array(), opened.plaintext));
      const wanted = [...before, ...after.map((frame) => ({ ...frame, time: frame.time - counted }))];
      expect(found).toHaveLength(wanted.length);
      expect(largest(errors(found, wanted))).toBeLessThan(frameMs);
      expect(Math.max(...found.map(({ time }) => time))).toBeLessThan(10_050);
    }
  });

  it('says of itself that its frames were encoded anew, unless it has others', async () => {
    const clinic = await openClinic();
    for (const isFirst of [true, false]) {
      const spool = new MemorySpool();
      const recorder = await Recorder.start(clinic.options(spool));
      if (!isFirst) await run(recorder, { from: 0, until: 1_000 });
      recorder.interrupted();
      expect(recorder.encodeAnew()).toBe(isFirst);
      await run(recorder, { from: 1_000, until: 3_000 });
      expect(recorder.encodeAnew()).toBe(isFirst);
      const { runs, head } = await recorder.finish();
      const opened = await clinic.open(spool, runs, head);
      const origin = isFirst ? 'encodedAnew' : 'frames';
      expect(readFinalHead(opened.head ?? new Uint8Array()).origin).toBe(origin);
      const scan = new RecordingScan();
      scan.push(opened.plaintext);
      expect(scan.finish()?.origin).toBe(origin);
    }
  });

  it.each([
    ['frames', 'frames'],
    ['frames', 'encodedAnew'],
    ['encodedAnew', 'frames'],
  ] as const)('says so of all of it when one recorder has %s and the next one %s', async (...origins) => {
    const clinic = await openClinic();
    const spools = [new MemorySpool(), new MemorySpool()] as const;
    const runs: Uint8Array[] = [];
    const given: Frames[] = [];
    let earlier: EarlierRuns | null = null;
    for (const [number, origin] of origins.entries()) {
      const spool = spools[number] ?? spools[0];
      const recorder = await Recorder.start(clinic.options(spool, { earlier }));
      if (origin === 'encodedAnew') recorder.encodeAnew();
      given.push(await run(recorder, { from: number * 5_000, until: number * 5_000 + 4_000 }));
      // It has kept all, and dies.
      recorder.tick(number * 5_000 + 5_000);
      await recorder.caughtUp();
      const { record, plaintext } = await clinic.salvage(spool, number);
      earlier = earlierOf(record, number + 1);
      runs.push(plaintext);
    }
    const file = rebuilt(runs) ?? new Uint8Array();
    expect(readFinalHead(headOf(file)).origin).toBe(origins.find((origin) => origin !== 'frames') ?? 'frames');
    expect(await played(file)).toHaveLength(given.flat().length);
  });

  it('of nothing is closed, and has no head', async () => {
    const clinic = await openClinic();
    const spool = new MemorySpool();
    const recorder = await Recorder.start(clinic.options(spool));
    recorder.tick(5_000);
    const { runs, head } = await recorder.finish();
    expect([runs.length, head]).toEqual([1, null]);
    expect(rebuilt([(await clinic.open(spool, runs, head)).plaintext])).toBeNull();
  });

  it('that can’t close what it wrote tells so, and keeps what was closed before', async () => {
    const clinic = await openClinic();
    const spool = new MemorySpool();
    const failures: unknown[] = [];
    const recorder = await Recorder.start(clinic.options(spool, { onFailed: (reason) => failures.push(reason) }));
    // Little enough that nothing is kept but what is closed.
    const given = await run(recorder, { from: 0, until: 3_000, pictureOctets: 100 });
    recorder.tick(3_500);
    await recorder.caughtUp();
    await run(recorder, { from: 3_600, until: 3_900, pictureOctets: 100 });
    const { appends } = spool;
    spool.isDead = true;
    expect(failures).toEqual([]);
    recorder.tick(4_200);
    await recorder.caughtUp();
    expect([spool.appends, failures.length]).toEqual([appends + 1, 1]);
    expect(failures[0]).toEqual(new Error('the machine has stopped'));
    await run(recorder, { from: 4_300, until: 6_000 });
    await expect(recorder.finish()).rejects.toBe(failures[0]);
    expect([spool.appends, failures.length]).toEqual([appends + 1, 1]);
    const found = await played(rebuilt([(await clinic.salvage(spool, 0)).plaintext]) ?? new Uint8Array());
    expect(found).toHaveLength(given.length);
  });

  it('tells once that the spool has failed', async () => {
    const clinic = await openClinic();
    const spool = new MemorySpool();
    const failures: unknown[] = [];
    const recorder = await Recorder.start(clinic.options(spool, { onFailed: (reason) => failures.push(reason) }));
    await run(recorder, { from: 0, until: 3_000 }, () => {
      spool.isDead = spool.noted.length > 0;
      return failures.length > 0;
    });
    await expect(recorder.finish()).rejects.toBe(failures[0]);
    expect(failures).toHaveLength(1);
  });
});

/** What was left is less than a segment: there is no such run. */
function nothingWhole(error: unknown): null {
  if (error instanceof LengthError) return null;
  throw error;
}

describe('a recorder that is killed', () => {
  it('leaves all but the last second, and another one goes on', async () => {
    const clinic = await openClinic();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1_200, max: 9_000 }),
        fc.nat(9_000),
        fc.constantFrom(700, 1_900, 30_000),
        // Sound alone fills a segment in two seconds: nothing of it is sealed by itself.
        fc.constantFrom(null, 300, 9_000),
        // How long the disk takes each time: it's killed in the midst of that, too.
        fc.constantFrom(0, 100, 300, 400),
        async (killAt, tornOctets, keyEveryMs, pictureOctets, waitMs) => {
          const disk = new SlowDisk(waitMs);
          const spool = new MemorySpool();
          spool.wait = disk.wait;
          const recorder = await Recorder.start(clinic.options(spool));
          const isSilent = (kind: 'audio' | 'video'): boolean => kind === 'video' && pictureOctets === null;
          const scene = { from: 0, until: 10_000, keyEveryMs, isSilent, pictureOctets: pictureOctets ?? 0 };
          let ticks = 0;
          const isKilled = () => {
            ticks += 1;
            spool.isDead = ticks * 100 >= killAt;
            return spool.isDead;
          };
          const given = await run(recorder, scene, isKilled, disk);
          const died = ticks * 100;
          // Whatever it still had to say goes half way.
          spool.tornOctets = tornOctets;
          disk.stop();
          recorder.tick(died + 1_000);
          await recorder.caughtUp();
          const kept = given.filter(({ time }) => time <= died - 1_000 - waitMs);
          const left = await clinic.salvage(spool, 0).catch(nothingWhole);
          if (left === null) {
            expect(kept).toEqual([]);
            return;
          }
          const { record, plaintext } = left;

          const again = new MemorySpool();
          const second = await Recorder.start(clinic.options(again, { earlier: earlierOf(record, 1), zero: -2_000 }));
          const later = await run(second, { from: died, until: died + 3_000, keyEveryMs: 900, aheadMs: 77 });
          const { runs, head } = await second.finish();
          expect([runs.length, head, again.noted[0]?.context.run]).toEqual([1, null, 1]);
          const continued = await clinic.salvage(again, 1);

          const file = rebuilt([plaintext, continued.plaintext]);
          const found = file === null ? [] : await played(file);
          const names = new Set(found.map(({ kind, data }) => `${kind} ${data}`));
          for (const { kind, data } of kept) expect(names.has(`${kind} ${hex(data)}`)).toBe(true);
          expect(names.size).toBeGreaterThanOrEqual(kept.length);
          // Its zero was two seconds earlier.
          const tail = found.filter(({ time }) => time >= died + 1_900);
          expect(tail.length).toBeGreaterThan(later.length - 30);
        },
      ),
      // Killed before anything was on the disk.
      { numRuns: 50, examples: [[1_200, 0, 700, null, 400]] },
    );
  });
});

describe('an hour of a visit', () => {
  it('is sealed in little memory', { timeout: 600_000 }, async () => {
    const clinic = await openClinic();
    const spool = new MemorySpool();
    spool.keepsNothing = true;
    const recorder = await Recorder.start(clinic.options(spool));
    const stretch = 3 * 60_000;
    let before = 0;
    for (let from = 0; from < 20 * stretch; from += stretch) {
      await run(recorder, { from, until: from + stretch, drift: 0.0001, pictureOctets: 200 });
      if (from === 0) before = await memory();
    }
    const after = await memory();
    const { runs, lost } = await recorder.finish();
    expect([runs.length, lost]).toEqual([1, 0]);
    expect((after - before) / 1024 / 1024).toBeLessThan(4);
  });
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Octets that are held once what can go has gone. */
async function memory(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  // Buffers whose owner has gone are given back a little later.
  for (let round = 0; round < 5; round += 1) {
    collectGarbage();
    await setTimeout(20);
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}
