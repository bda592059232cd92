import { leafThumbprint, participantId } from '@sotto/protocol/ids';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { canEncodeAnew, createEncoding, type EncodedPiece } from './encodedAnew.ts';

const refOf = (letter: string) => ({
  participantId: participantId.parse(letter.repeat(21).concat('A')),
  leaf: leafThumbprint.parse(letter.repeat(42).concat('A')),
});
const [ada, rosa] = [refOf('a'), refOf('r')];
const trackOf = (id: string) => ({ id, kind: 'video', readyState: 'live' }) as MediaStreamTrack;

class Recorder {
  static readonly all: Recorder[] = [];
  static readonly isTypeSupported = (type: string) => type.startsWith('video/webm') || type.startsWith('audio/webm');
  state = 'inactive';
  /** What the browser can't do. */
  static broken: 'constructor' | 'start' | null = null;
  onerror: () => void = () => undefined;
  onstop: () => void = () => undefined;
  ondataavailable: (event: { data: Blob }) => void = () => undefined;
  constructor() {
    if (Recorder.broken === 'constructor') throw new DOMException('none', 'NotSupportedError');
    Recorder.all.push(this);
  }
  start() {
    if (Recorder.broken === 'start') throw new DOMException('none', 'NotSupportedError');
    this.state = 'recording';
  }
  stop() {
    this.state = 'inactive';
    this.give();
    this.onstop();
  }
  give() {
    this.ondataavailable({ data: new Blob([Uint8Array.of(1)]) });
  }
}

let tracks: MediaStreamTrack[];
let pieces: EncodedPiece[];
let troubles: number;
beforeEach(() => {
  [tracks, pieces, troubles, Recorder.broken] = [[trackOf('camera')], [], 0, null];
  Recorder.all.length = 0;
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  vi.stubGlobal('MediaRecorder', Recorder);
  vi.stubGlobal('MediaStream', vi.fn());
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const encoding = () =>
  createEncoding({
    tracks: () => tracks,
    onPiece: (piece) => pieces.push(piece),
    onTrouble() {
      troubles += 1;
    },
    now: () => Date.now(),
  });
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

it('begins only with who is seen and of whom the tap has given nothing for five seconds', () => {
  const one = encoding();
  one.follow([ada, rosa]);
  one.heard(rosa.participantId);
  vi.advanceTimersByTime(4_000);
  expect(Recorder.all).toHaveLength(0);
  vi.advanceTimersByTime(2_000);
  expect(Recorder.all.map(({ state }) => state)).toEqual(['recording']);
  one.close();

  tracks = [];
  const muted = encoding();
  muted.follow([ada]);
  vi.advanceTimersByTime(60_000);
  expect(Recorder.all).toHaveLength(1);
  muted.close();
});

it('ends at once when nobody may be recorded, and nothing of what comes then counts', async () => {
  const one = encoding();
  one.follow([ada]);
  vi.advanceTimersByTime(6_000);
  Recorder.all[0]?.give();
  await settled();
  expect(pieces.map(({ participant, leaf }) => [participant, leaf])).toEqual([[ada.participantId, ada.leaf]]);
  one.follow(null);
  await settled();
  expect([Recorder.all[0]?.state, pieces.length]).toEqual(['inactive', 1]);

  // Once it's known that the tap is silent, nobody waits again; another device is another file.
  one.follow([ada]);
  tracks = [trackOf('other')];
  vi.advanceTimersByTime(1_000);
  expect(Recorder.all.map(({ state }) => state)).toEqual(['inactive', 'inactive', 'recording']);
  one.close();
  expect(Recorder.all.every(({ state }) => state === 'inactive')).toBe(true);
});

it.each(['constructor', 'start'] as const)('tells of a browser that fails in its %s, and of nobody else', (broken) => {
  const one = encoding();
  one.follow([ada]);
  vi.advanceTimersByTime(4_000);
  Recorder.broken = broken;
  // It looks twice: once less than it may fail.
  vi.advanceTimersByTime(2_000);
  expect(troubles).toBe(0);
  vi.advanceTimersByTime(60_000);
  expect(troubles).toBe(1);
  Recorder.broken = null;
  tracks = [trackOf('other')];
  expect(() => one.follow([ada])).not.toThrow();
  expect(Recorder.all.at(-1)?.state).toBe('recording');
  one.close();
});

it('begins another file when one dies or can’t be read, and tells when that goes on', () => {
  const deaths = [
    (recorder: Recorder) => recorder.onerror(),
    (recorder: Recorder) => recorder.stop(),
    () => one.spoilt(ada.participantId, Date.now() - 1_000),
  ];
  const one = encoding();
  one.follow([ada]);
  vi.advanceTimersByTime(5_000);
  for (const [made, die] of deaths.entries()) {
    expect([Recorder.all.length, Recorder.all.at(-1)?.state, troubles]).toEqual([made + 1, 'recording', 0]);
    vi.advanceTimersByTime(1_000);
    const last = Recorder.all.at(-1);
    if (last) die(last);
    expect(last?.state).toBe('inactive');
    vi.advanceTimersByTime(made < 2 ? 1_000 : 60_000);
  }
  expect([Recorder.all.length, troubles]).toEqual([3, 1]);
  one.close();
});

it('tries other devices as often as those before, and tells of them, too', () => {
  const one = encoding();
  Recorder.broken = 'start';
  one.follow([ada]);
  vi.advanceTimersByTime(60_000);
  expect([Recorder.all.length, troubles]).toEqual([3, 1]);
  tracks = [];
  vi.advanceTimersByTime(1_000);
  tracks = [trackOf('camera')];
  vi.advanceTimersByTime(60_000);
  expect(troubles).toBe(1);
  const before = Recorder.all.length;
  tracks = [trackOf('other')];
  vi.advanceTimersByTime(60_000);
  expect([Recorder.all.length - before, troubles]).toEqual([3, 2]);
  // One that works after a failure leaves the others all their tries.
  Recorder.broken = null;
  tracks = [trackOf('third')];
  vi.advanceTimersByTime(2_000);
  Recorder.all.at(-1)?.onerror();
  vi.advanceTimersByTime(2_000);
  expect([Recorder.all.at(-1)?.state, Recorder.all.length - before, troubles]).toEqual(['recording', 5, 2]);
  one.close();
});

it('forgives what dies after it has worked for long, and what ends with its tracks', () => {
  const one = encoding();
  one.follow([ada]);
  vi.advanceTimersByTime(6_000);
  for (let count = 0; count < 5; count += 1) {
    vi.advanceTimersByTime(120_000);
    Recorder.all.at(-1)?.onerror();
    vi.advanceTimersByTime(2_000);
  }
  const ended = { id: 'camera', kind: 'video', readyState: 'live' };
  tracks = [ended as MediaStreamTrack];
  for (let count = 0; count < 5; count += 1) {
    ended.readyState = 'ended';
    Recorder.all.at(-1)?.stop();
    ended.readyState = 'live';
    vi.advanceTimersByTime(2_000);
  }
  expect([Recorder.all.at(-1)?.state, troubles]).toEqual(['recording', 0]);
  one.close();
});

it('ends when the tap gives frames all the same', async () => {
  const one = encoding();
  one.follow([ada]);
  vi.advanceTimersByTime(6_000);
  one.heard(ada.participantId);
  vi.advanceTimersByTime(60_000);
  await settled();
  expect([Recorder.all.map(({ state }) => state), pieces, troubles]).toEqual([['inactive'], [], 0]);
  one.close();
});

it('isn’t tried where the browser can’t make what is needed', () => {
  expect(canEncodeAnew()).toBe(true);
  vi.stubGlobal('MediaRecorder', { isTypeSupported: () => false });
  expect(canEncodeAnew()).toBe(false);
  vi.stubGlobal('MediaRecorder', undefined);
  const one = encoding();
  one.follow([ada]);
  vi.advanceTimersByTime(60_000);
  expect(Recorder.all).toHaveLength(0);
  one.close();
});
