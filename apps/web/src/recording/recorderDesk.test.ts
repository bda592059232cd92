import type { TappedFrame } from '@sotto/e2ee/tapMessages';
import { leafThumbprint, participantId, recordingId } from '@sotto/protocol/ids';
import type { Recorder, RecorderOptions } from '@sotto/recording';
import { WebmWriter } from '@sotto/webm';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RecorderEvent } from './recorderMessages.ts';

const id = (letter: string) => letter.repeat(21).concat('A');
const refOf = (letter: string) => ({
  participant: participantId.parse(id(letter)),
  leaf: leafThumbprint.parse(letter.repeat(42).concat('A')),
});
const [ada, rosa] = [refOf('a'), refOf('r')];

/** A recorder that says what it was given. */
class Given implements Pick<Recorder, 'take' | 'tick' | 'encodeAnew' | 'interrupted' | 'awoke' | 'finish'> {
  static readonly all: Given[] = [];
  readonly options: RecorderOptions;
  readonly calls: [string, number][] = [];
  fault: Error | null = null;
  isFinished = false;
  constructor(options: RecorderOptions) {
    this.options = options;
    Given.all.push(this);
  }
  take({ mediaTime, at }: TappedFrame) {
    this.calls.push([`take ${String(mediaTime / 10)}`, at]);
  }
  readonly tick = vi.fn();
  readonly interrupted = vi.fn();
  awoke(ms: number, at: number) {
    this.calls.push([`awoke ${String(ms)}`, at]);
  }
  encodeAnew() {
    return true;
  }
  caughtUp() {
    return Promise.resolve();
  }
  async finish() {
    await Promise.resolve();
    if (this.fault !== null) throw this.fault;
    this.isFinished = true;
    return { runs: [], head: null, lost: 0 };
  }
}

/** What a recorder's start waits for. */
let starting: Promise<void>;
const spools: { isClosed: boolean }[] = [];
vi.mock('@sotto/recording', async (original) => ({
  ...(await original<object>()),
  Recorder: { start: (options: RecorderOptions) => starting.then(() => new Given(options)) },
}));
vi.mock('@sotto/recording/opfsSpool', () => ({
  OpfsSpool: class {
    isClosed = false;
    constructor() {
      spools.push(this);
    }
    close() {
      this.isClosed = true;
    }
  },
}));
vi.mock('@sotto/recording/reservedRoom', () => ({
  reserveRoom: () => Promise.resolve(),
  releaseRoom: () => Promise.resolve(),
}));
vi.mock('./spoolFolder.ts', () => ({
  recordingFolder: () => Promise.resolve({}),
  spoolFolder: () => Promise.resolve({}),
}));
vi.mock('./recordingBook.ts', () => ({ openRecordingBook: () => Promise.resolve({}) }));

const { RecorderDesk } = await import('./recorderDesk.ts');

const hour = 3_600_000;
let now: number;
let events: RecorderEvent[];
let desk: InstanceType<typeof RecorderDesk>;
let tap: MessageChannel;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  [now, events, starting] = [1_000_000, [], Promise.resolve()];
  Given.all.length = 0;
  spools.length = 0;
  tap = new MessageChannel();
  desk = new RecorderDesk(
    (event) => events.push(event),
    () => now,
  );
});
afterEach(() => {
  tap.port1.close();
  tap.port2.close();
  vi.useRealTimers();
});

const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

async function add({ participant }: typeof ada): Promise<Given> {
  desk.take({
    type: 'add',
    recording: recordingId.parse(id('x')),
    participant,
    context: { object: id('o') } as never,
    publicKey: new Uint8Array(),
    zero: 1_000_000,
    earlier: null,
  });
  await settled();
  const made = Given.all.at(-1);
  if (made === undefined) throw new Error('nobody was added');
  return made;
}

function tick(at: number) {
  now = at;
  vi.advanceTimersByTime(100);
}

/** A file as a browser's own recorder makes it, of some frames of sound. */
function fileOf(times: readonly number[]): Uint8Array<ArrayBuffer>[] {
  const writer = new WebmWriter({ width: 640, height: 360 });
  const blocks = times.map((time) => {
    const frame = { kind: 'audio', time, isKey: true, data: Uint8Array.of(0xfc, 1) } as const;
    return new Uint8Array(Buffer.concat([writer.add(frame), writer.flush()]));
  });
  return [writer.open(), ...blocks];
}

function give({ participant, leaf }: typeof ada, began: number, octets: Uint8Array<ArrayBuffer>) {
  desk.take({ type: 'encodedAnew', participant, leaf, began, octets });
  return settled();
}

it('keeps what the device slept for those who come later, and says so once', async () => {
  const first = await add(ada);
  tick(1_000_100);
  tick(1_000_200 + hour);
  tick(1_000_300 + hour);
  const second = await add(rosa);
  // Both have the same moment of the recording as the time of what comes now.
  expect(first.calls).toEqual([[`awoke ${String(hour + 100)}`, 1_000_200 + hour]]);
  expect([first.options.zero, second.options.zero]).toEqual([1_000_000, 1_000_000 + hour + 100]);
  expect(events).toEqual([{ type: 'slept', ms: hour + 100 }]);
});

it('counts a sleep that is noted while a recorder starts', async () => {
  const first = await add(ada);
  tick(1_000_100);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  starting = promise;
  await add(rosa);
  expect(Given.all).toEqual([first]);
  tick(1_000_200 + hour);
  tick(1_000_300 + hour);
  resolve(undefined);
  await settled();
  const second = Given.all.at(-1);
  expect(second?.options.zero).toBe(1_000_000);
  expect(second?.calls).toEqual([[`awoke ${String(hour + 100)}`, 1_000_200 + hour]]);
  expect(first.calls).toEqual(second?.calls);
});

it('finds out by a piece of the browser’s own recorder, too, that the device slept', async () => {
  const { calls } = await add(ada);
  const [head = new Uint8Array(), first = head, second = head] = fileOf([0, 20]);
  await give(ada, now, new Uint8Array(Buffer.concat([head, first])));
  now += hour;
  await give(ada, 1_000_000, second);
  expect(calls).toEqual([
    ['take 1000000', 1_000_000],
    [`awoke ${String(hour)}`, 1_000_000 + hour],
    ['take 1000020', 1_000_000 + hour],
  ]);
});

/** The tap gives a frame of sound of somebody. */
async function tapped({ participant, leaf }: typeof ada, mediaTime: number) {
  const frame = { type: 'frame', participantId: participant, leaf, track: 0, kind: 'audio', layer: 0 } as const;
  const data = Uint8Array.of(0xfc, 1).buffer;
  tap.port1.postMessage({ type: 'frames', frames: [{ ...frame, isKey: true, mediaTime, at: now, lost: 0, data }] });
  await settled();
}

it('takes the tap’s frames alone of whom it gave one first, and the other source’s else', async () => {
  const [first, second] = [await add(ada), await add(rosa)];
  desk.take({ type: 'tap', port: tap.port2 });
  const [head = new Uint8Array(), block = head] = fileOf([0]);
  const whole = () => new Uint8Array(Buffer.concat([head, block]));

  await tapped(ada, 70);
  await give(ada, 2_000, whole());
  await tapped(ada, 80);
  expect(first.calls.map(([what]) => what)).toEqual(['take 7', 'take 8']);

  // A head is no frame: the tap could still be first.
  await give(rosa, 2_000, new Uint8Array(head));
  await give(rosa, 2_000, new Uint8Array(block));
  await tapped(rosa, 90);
  expect(second.calls.map(([what]) => what)).toEqual(['take 2000']);
  expect(events).toEqual([{ type: 'heard', participant: ada.participant }]);
});

it('takes frames that come behind a head that has none', async () => {
  const made = await add(ada);
  const encodeAnew = vi.spyOn(made, 'encodeAnew');
  desk.take({ type: 'tap', port: tap.port2 });
  await give(ada, 2_000, fileOf([])[0] ?? new Uint8Array());
  await tapped(ada, 90);
  expect(made.calls.map(([what]) => what)).toEqual(['take 9']);
  expect(encodeAnew).not.toHaveBeenCalled();
});

it('keeps a file that can’t be read to whom it’s of: the others go on, and another file does', async () => {
  const [first, second] = [await add(ada), await add(rosa)];
  const [head = new Uint8Array(), block = head] = fileOf([0]);
  const whole = () => new Uint8Array(Buffer.concat([head, block]));
  await give(ada, 2_000, new Uint8Array(16).fill(0xff));
  await give(ada, 2_000, whole());
  await give(rosa, 2_000, whole());
  expect([first.calls.length, second.calls.length]).toEqual([0, 1]);
  await give(ada, 3_000, whole());
  expect(first.calls.map(([what]) => what)).toEqual(['take 3000']);
  expect(events).toEqual([{ type: 'spoilt', participant: ada.participant, began: 2_000 }]);
});

it('ends everybody’s, whoever’s end fails, and tells why', async () => {
  const [first, second, third] = [await add(ada), await add(rosa), await add(refOf('b'))];
  second.fault = new Error('the disk is gone');
  third.fault = new DOMException('full', 'QuotaExceededError');
  desk.take({ type: 'end' });
  await settled();
  expect(first.isFinished).toBe(true);
  expect(spools.map(({ isClosed }) => isClosed)).toEqual([true, true, true]);
  expect(events).toEqual([{ type: 'failed', reason: 'full' }]);
});

it('says once that it has ended', async () => {
  const made = await add(ada);
  desk.take({ type: 'end' });
  await settled();
  expect([made.isFinished, spools[0]?.isClosed, events]).toEqual([true, true, [{ type: 'ended' }]]);
});
