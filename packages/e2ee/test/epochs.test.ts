import { leafThumbprint, participantId, producerId } from '@sotto/protocol/ids';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EncodedFrame } from '../src/encodedFrame.ts';
import { KeyConflictError } from '../src/errors.ts';
import { FrameOpener } from '../src/frameOpener.ts';
import { FrameTally } from '../src/frameTally.ts';
import { epochsAhead, makeKid, parseKid } from '../src/keyId.ts';
import { type KeyHolder, Keyring } from '../src/keyring.ts';
import { MediaClock } from '../src/mediaClock.ts';
import type { DropReason } from '../src/outcomes.ts';
import { RecordingTap } from '../src/recordingTap.ts';
import { ReplayWindow } from '../src/replayWindow.ts';
import { FrameCipher } from '../src/sealedFrame.ts';
import { SealingKey, SealingSchedule } from '../src/sealingSchedule.ts';
import { deriveSFrameKey, importBaseKey } from '../src/sframeKey.ts';

const holder: KeyHolder = {
  leafIndex: 1,
  leaf: leafThumbprint.parse('L'.repeat(43)),
  participantId: participantId.parse('P'.repeat(22)),
};
const fingerprint = (epoch: number): Uint8Array => Uint8Array.of(epoch, 1);
const baseKey = (epoch: number): Promise<CryptoKey> => importBaseKey(new Uint8Array(32).fill(epoch));
const install = async (keyring: Keyring, epoch: number, now: number, holders = [holder]): Promise<void> =>
  keyring.install(epoch, fingerprint(epoch), await baseKey(epoch), holders, now);
const sealingKey = async (epoch: number): Promise<SealingKey> =>
  new SealingKey(await deriveSFrameKey(await baseKey(epoch), makeKid(holder.leafIndex, epoch), 'encrypt'));

describe('key ids', () => {
  test('16 bits of epoch below the leaf index', () => {
    expect(makeKid(0, 1)).toBe(1);
    expect(makeKid(3, 0x1_0002)).toBe(0x3_0002);
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), fc.nat(), (leafIndex, epoch) => {
        expect(parseKid(makeKid(leafIndex, epoch))).toEqual({ leafIndex, epoch: epoch & 0xffff });
      }),
    );
    expect(parseKid(2 ** 48)).toBeNull();
  });

  test('an epoch’s distance is told across the wrap of its 16 bits', () => {
    expect([epochsAhead(2, 0xffff), epochsAhead(0xffff, 0x1_0001), epochsAhead(5, 5)]).toEqual([3, -2, 0]);
  });
});

describe('a keyring', () => {
  const found = (keyring: Keyring, epoch: number, now: number): string =>
    keyring.find(makeKid(1, epoch), () => now).tag;

  test('waits for coming epochs, not for past, far or foreign ones', async () => {
    const keyring = new Keyring();
    expect(found(keyring, 0, 0)).toBe('early');
    await install(keyring, 5, 0);
    expect([4, 5, 6, 13, 14].map((epoch) => found(keyring, epoch, 0))).toEqual([
      'old',
      'key',
      'early',
      'early',
      'unknown',
    ]);
    expect(keyring.find(makeKid(2, 5), () => 0).tag).toBe('unknown');
    expect(keyring.find(2 ** 52, () => 0).tag).toBe('unknown');
  });

  test('lets an epoch live for two seconds after its sender’s first frame of the next', async () => {
    const keyring = new Keyring();
    await install(keyring, 1, 0);
    await install(keyring, 2, 1_000);
    expect(found(keyring, 1, 4_000)).toBe('key');
    const lookup = keyring.find(makeKid(1, 2), () => 4_000);
    if (lookup.tag !== 'key') throw new Error(lookup.tag);
    keyring.used(lookup.key, () => 4_000);
    expect(found(keyring, 1, 5_999)).toBe('key');
    expect(found(keyring, 1, 6_000)).toBe('old');
    expect(found(keyring, 2, 6_000)).toBe('key');
  });

  test('lets no epoch live for more than ten seconds beside the next', async () => {
    const keyring = new Keyring();
    await install(keyring, 1, 0);
    await install(keyring, 2, 1_000);
    expect(found(keyring, 1, 10_999)).toBe('key');
    expect(found(keyring, 1, 11_000)).toBe('old');
  });

  test('drops a removed leaf’s keys at once, of every epoch', async () => {
    const keyring = new Keyring();
    await install(keyring, 1, 0);
    await install(keyring, 2, 0);
    keyring.revoke(new Set([holder.leaf]));
    expect([found(keyring, 1, 0), found(keyring, 2, 0)]).toEqual(['old', 'unknown']);
  });

  test('takes the same epoch twice, and another key for it never', async () => {
    const keyring = new Keyring();
    await install(keyring, 1, 0);
    await install(keyring, 1, 0);
    const other = keyring.install(1, Uint8Array.of(9), await baseKey(9), [holder], 0);
    await expect(other).rejects.toThrow(KeyConflictError);
  });
});

describe('a sealing schedule', () => {
  test('switches after the delay of a join, and at once without one', async () => {
    const schedule = new SealingSchedule();
    const [first, second, third] = await Promise.all([1, 2, 3].map(sealingKey));
    if (!first || !second || !third) throw new Error();
    expect(schedule.state(0, 0)).toEqual({ tag: 'stopped', reason: 'noGroup' });
    schedule.adopt(first, 0, 250, 1e9);
    expect(schedule.state(0, 0)).toEqual({ tag: 'sealing', key: first });
    schedule.adopt(second, 1_000, 1_250, 1e9);
    expect(schedule.state(1_249, 0)).toEqual({ tag: 'sealing', key: first });
    expect(schedule.state(1_250, 0)).toEqual({ tag: 'sealing', key: second });
    schedule.adopt(third, 2_000, 2_000, 1e9);
    expect(schedule.state(2_000, 0)).toEqual({ tag: 'sealing', key: third });
    expect(schedule.epochAge(2_500)).toBe(500);
    schedule.stop('removed');
    expect(schedule.state(2_600, 0)).toEqual({ tag: 'stopped', reason: 'removed' });
  });

  test('stops when a server may be withholding a removal', async () => {
    const schedule = new SealingSchedule();
    const key = await sealingKey(1);
    schedule.adopt(key, 0, 0, 5_000);
    const reasons = (now: number, unixNow: number): string => {
      const state = schedule.state(now, unixNow);
      return state.tag === 'sealing' ? state.tag : state.reason;
    };
    expect([reasons(360_000, 0), reasons(360_001, 0)]).toEqual(['sealing', 'epochTooOld']);
    expect([reasons(0, 4_999), reasons(0, 5_000)]).toEqual(['sealing', 'credentialExpired']);
    schedule.removalRequested(1_000);
    schedule.removalRequested(3_000);
    expect([reasons(4_000, 0), reasons(4_001, 0)]).toEqual(['sealing', 'removalPending']);
    schedule.adopt(key, 5_000, 5_000, 5_000);
    expect(reasons(9_000, 0)).toBe('removalPending');
    schedule.removalsSettled();
    expect(reasons(9_000, 0)).toBe('sealing');
  });

  test('counts up, for all tracks together', async () => {
    const key = await sealingKey(1);
    expect([key.next(), key.next(), key.next()]).toEqual([0, 1, 2]);
  });
});

describe('a replay window', () => {
  test('takes each counter once, in any order, 2,048 back', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5_000), { maxLength: 200 }), (counters) => {
        const window = new ReplayWindow();
        const seen = new Set<number>();
        let newest = -1;
        for (const counter of counters) {
          const isFresh = !seen.has(counter) && counter > newest - 2_048;
          expect(window.isFresh(counter)).toBe(isFresh);
          expect(window.accept(counter)).toBe(isFresh);
          seen.add(counter);
          if (counter > newest) newest = counter;
        }
      }),
    );
  });
});

describe('media time', () => {
  const wrap = 2 ** 32;

  test('keeps the distances of RTP time, over its wrap too, whatever the delays', () => {
    const clock = new MediaClock('video');
    const start = wrap - 9_000;
    const times = [0, 20, 5, 90, 1].map((delay, step) =>
      clock.mediaTime((start + step * 3_000) % wrap, 1_000 + step * 33.3 + delay),
    );
    for (const [index, time] of times.entries())
      expect(Math.abs(time - (times[0] ?? 0) - index * 333.3)).toBeLessThan(3);
  });

  test('two tracks that start apart share one clock', () => {
    const [audio, video] = [new MediaClock('audio'), new MediaClock('video')];
    let [last, other] = [0, 0];
    for (let ms = 0; ms < 1_000; ms += 20) last = audio.mediaTime((ms * 48) % wrap, 5_000 + ms);
    for (let ms = 0; ms < 980; ms += 20) other = video.mediaTime((77 + ms * 90) % wrap, 5_000 + ms);
    expect(Math.abs(last - other - 200)).toBeLessThan(5);
  });

  test('follows a track that starts anew', () => {
    const clock = new MediaClock('audio');
    clock.mediaTime(0, 0);
    expect(clock.mediaTime(960, 60_000)).toBe(600_000);
  });
});

describe('frames before their key', () => {
  const track = {
    track: 1,
    kind: 'audio',
    source: 'microphone',
    producerId: producerId.parse('0b1f9a5e-33c8-4a53-9f57-1d1a8e9f0a01'),
    ...holder,
  } as const;

  /** A receiver's transform on a clock that stands still until it's set. */
  function receiver(isAnnounced = true) {
    const keyring = new Keyring();
    const time = { now: 0, timers: [] as (() => void)[] };
    const opener = new FrameOpener({
      attachment: 0,
      producerId: track.producerId,
      kind: 'audio',
      keyring,
      track: () => (isAnnounced ? track : undefined),
      tap: new RecordingTap(
        () => false,
        () => undefined,
        () => undefined,
      ),
      needKeyFrame: () => undefined,
      now: () => time.now,
      later: (_, run) => time.timers.push(run),
    });
    const opened: number[] = [];
    const give = async (data: Uint8Array<ArrayBuffer>): Promise<void> =>
      opener.handle({ data: data.buffer, getMetadata: () => ({}) }, ({ data: plain }: EncodedFrame) => {
        opened.push(new Uint8Array(plain).at(-1) ?? -1);
      });
    return { keyring, time, opener, opened, give };
  }

  async function frames(epoch: number, count: number): Promise<Uint8Array<ArrayBuffer>[]> {
    const key = await sealingKey(epoch);
    return Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const sealed = await new FrameCipher().seal(key.key, index, track, 0, Uint8Array.of(0xfc, 7, index));
        return sealed ?? new Uint8Array();
      }),
    );
  }

  test('wait for it, and come out in order', async () => {
    const { keyring, time, opener, opened, give } = receiver();
    for (const frame of await frames(1, 5)) await give(frame);
    expect(opened).toEqual([]);
    time.now = 299;
    await install(keyring, 1, 299);
    await opener.wake();
    expect(opened).toEqual([0, 1, 2, 3, 4]);
    expect(opener.tally.dropped).toEqual({});
  });

  test('wait for 300 ms', async () => {
    const { time, opener, give } = receiver();
    for (const frame of await frames(1, 3)) await give(frame);
    time.now = 300;
    for (const run of time.timers) run();
    await opener.wake();
    expect(opener.tally.dropped).toEqual({ unknownKey: 3 });
  });

  test('are 32 at most, the newest', async () => {
    const { keyring, opener, opened, give } = receiver();
    for (const frame of await frames(1, 40)) await give(frame);
    expect(opener.tally.dropped).toEqual({ unknownKey: 8 });
    await install(keyring, 1, 0);
    await opener.wake();
    expect(opened).toEqual(Array.from({ length: 32 }, (_, index) => index + 8));
  });

  test('that come twice, or of a past epoch, are dropped; empty ones pass', async () => {
    const { keyring, opener, opened, give } = receiver();
    await install(keyring, 2, 0);
    const [frame] = await frames(2, 1);
    const [old] = await frames(1, 1);
    if (!frame || !old) throw new Error();
    await give(Uint8Array.from(frame));
    await give(Uint8Array.from(frame));
    await give(old);
    await give(new Uint8Array());
    expect(opened).toEqual([0, -1]);
    expect(opener.tally).toMatchObject({ passed: 1, passedEmpty: 1, dropped: { replayed: 1, oldEpoch: 1 } });
  });

  test('that are in the clear, were changed, or that nobody announced, are never passed on', async () => {
    const { keyring, opener, opened, give } = receiver();
    await install(keyring, 1, 0);
    const [changed] = await frames(1, 1);
    if (!changed) throw new Error();
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    await give(changed);
    await give(Uint8Array.of(0xfc, 0x99));
    const unannounced = receiver(false);
    await install(unannounced.keyring, 1, 0);
    for (const frame of await frames(1, 1)) await unannounced.give(frame);
    expect([opened, unannounced.opened]).toEqual([[], []]);
    expect(opener.tally.dropped).toEqual({ notAuthentic: 1, malformed: 1 });
    expect(unannounced.opener.tally.dropped).toEqual({ unannounced: 1 });
  });

  test('a failure below ends a frame, not the track', async () => {
    const { keyring, opener, opened } = receiver();
    await install(keyring, 1, 0);
    const [first, second] = await frames(1, 2);
    if (!first || !second) throw new Error();
    const broken: EncodedFrame = {
      data: first.buffer,
      getMetadata: () => ({}),
    };
    await opener.handle(broken, () => {
      throw new Error('the stream is closed');
    });
    await opener.handle({ data: second.buffer, getMetadata: () => ({}) }, () => opened.push(1));
    expect(opened).toEqual([1]);
    expect(opener.tally.dropped).toEqual({ failed: 1 });
    const empty: EncodedFrame = { data: new ArrayBuffer(0), getMetadata: () => ({}) };
    await opener.handle(empty, () => {
      throw new Error('the stream is closed');
    });
    expect(opener.tally.dropped).toEqual({ failed: 2 });
  });
});

describe('what became of frames', () => {
  const replays = new Set<DropReason>(['replayed']);

  test('is told once, with the latest reason', () => {
    const tally = new FrameTally();
    tally.drop('unknownKey');
    tally.drop('notAuthentic');
    expect(tally.takeTrouble(replays)).toEqual({ reason: 'notAuthentic', count: 2 });
    expect(tally.takeTrouble(replays)).toBeNull();
  });

  test('isn’t hidden by drops that are expected', () => {
    const tally = new FrameTally();
    for (let frames = 0; frames < 30; frames += 1) tally.drop('notAuthentic');
    tally.drop('replayed');
    expect(tally.takeTrouble(replays)).toEqual({ reason: 'notAuthentic', count: 30 });
    tally.drop('replayed');
    expect(tally.takeTrouble(replays)).toBeNull();
    expect(tally.dropped).toEqual({ notAuthentic: 30, replayed: 2 });
  });

  test('counts copies as nothing, unless nothing else comes', () => {
    const tally = new FrameTally();
    const copies = (count: number): void => {
      for (let frames = 0; frames < count; frames += 1) tally.drop('replayed');
    };
    copies(9);
    expect(tally.takeTrouble(replays)).toBeNull();
    copies(30);
    tally.passed += 1;
    expect(tally.takeTrouble(replays)).toBeNull();
    copies(10);
    expect(tally.takeTrouble(replays)).toEqual({ reason: 'replayed', count: 10 });
  });
});
