import { leafThumbprint, participantId, producerId } from '@sotto/protocol/ids';
import { afterEach, describe, expect, test } from 'vitest';
import { RecordingTap } from '../src/recordingTap.ts';
import { type TappedFrame, tapMessage } from '../src/tapMessages.ts';
import { Loopback } from './loopback.ts';
import { leafOf, seconds, type Visit, visitOfTwo } from './visit.ts';

const source = {
  participantId: participantId.parse('p'.repeat(21).concat('A')),
  leaf: leafThumbprint.parse('l'.repeat(42).concat('A')),
  track: 2,
  kind: 'video',
} as const;
const keyFrame = Uint8Array.of(0x10, 1, 2, 3);
const deltaFrame = Uint8Array.of(0x11, 4, 5);

/** A tap, and what came out at the port's other end. */
function recording() {
  const tap = new RecordingTap();
  const channel = new MessageChannel();
  const frames: TappedFrame[] = [];
  const state = { ended: false };
  channel.port2.onmessage = ({ data }) => {
    const message = tapMessage.parse(data);
    if (message.type === 'frame') frames.push(message);
    else state.ended = true;
  };
  tap.open(channel.port1, [source.leaf]);
  const came = (count: number) => expect.poll(() => frames.length, { timeout: 4_000 }).toBe(count);
  const say = (message: unknown): void => {
    channel.port2.postMessage(message);
  };
  return { tap, frames, state, came, say };
}

describe('what is handed to a recorder', () => {
  test('is a copy, with the sender’s time beyond its wrap', async () => {
    const { tap, frames, came } = recording();
    const octets = keyFrame.slice();
    tap.take(source, 0xffff_fffa, 7, octets, 10);
    octets.fill(0);
    tap.take({ ...source, track: 1, kind: 'audio' }, 4, 0, deltaFrame, 11);
    tap.take(source, 0xffff_fffe, 7, deltaFrame, 12);
    await came(3);
    const [first, second, third] = frames;
    expect(first && new Uint8Array(first.data)).toEqual(keyFrame);
    expect(frames.map(({ mediaTime }) => mediaTime - 0xffff_fffa)).toEqual([0, 10, 4]);
    expect([first?.isKey, second?.isKey, third?.isKey]).toEqual([true, true, false]);
    expect([first?.layer, third?.at, third?.lost]).toEqual([7, 12, 0]);
  });

  test('is of nobody who wasn’t named', async () => {
    const { tap, frames, came } = recording();
    tap.take({ ...source, leaf: leafThumbprint.parse('x'.repeat(42).concat('A')) }, 0, 0, keyFrame, 0);
    tap.take(source, 0, 0, keyFrame, 0);
    await came(1);
    expect(frames[0]?.leaf).toBe(source.leaf);
  });

  test('waits for a slow recorder in no more than its window, and says what was left out', async () => {
    const { tap, frames, came, say } = recording();
    for (let time = 0; time < 1_100; time += 1) tap.take(source, time, 0, deltaFrame, time);
    await came(1_024);
    say({ type: 'taken', frames: 1_000 });
    await seconds(0.1);
    tap.take(source, 1_100, 0, deltaFrame, 0);
    tap.take(source, 1_101, 0, deltaFrame, 0);
    await came(1_026);
    expect(frames.slice(-2).map(({ lost }) => lost)).toEqual([76, 0]);
    const large = new Uint8Array(3 * 1024 * 1024);
    for (let time = 0; time < 4; time += 1) tap.take(source, time, 0, large, 0);
    await came(1_028);
  });

  test.each<[string, unknown]>([
    ['more than there was', { type: 'taken', frames: 2 }],
    ['what is no message', 'taken'],
  ])('ends when the recorder says %s', async (_, message) => {
    const { tap, state, came, say } = recording();
    tap.take(source, 0, 0, keyFrame, 0);
    await came(1);
    say(message);
    await expect.poll(() => state.ended).toBe(true);
    expect(tap.isOpen).toBe(false);
  });
});

describe('a visit that is recorded', () => {
  let visit: Visit | null = null;
  let loopback: Loopback | null = null;
  afterEach(async () => {
    await loopback?.close();
    await visit?.close();
  });

  test('hands over what was sent and what was opened, the same frames at the same times', async () => {
    const opened = await visitOfTwo();
    visit = opened.visit;
    const { physician, patient } = opened;
    const tracks = [
      { track: 1, kind: 'audio', source: 'microphone', producerId: producerId.parse(crypto.randomUUID()) },
      { track: 2, kind: 'video', source: 'camera', producerId: producerId.parse(crypto.randomUUID()) },
    ] as const;
    const of = (kind: 'audio' | 'video') => tracks[kind === 'audio' ? 0 : 1];
    loopback = await Loopback.connect({
      attachSender: (sender, kind) => physician.crypto.attachSender(sender, { track: of(kind).track, kind }),
      attachReceiver: (receiver, kind) =>
        patient.crypto.attachReceiver(receiver, { producerId: of(kind).producerId, kind }),
    });
    const message = await physician.crypto.announceTracks(tracks);
    await patient.crypto.processApplication({ from: participantId.parse(physician.who.participantId), message });
    await expect.poll(() => loopback?.framesDecoded(), { timeout: 10_000 }).toBeGreaterThan(10);

    const taps = [physician, patient].map(({ crypto: own }) => {
      const { port1, port2 } = new MessageChannel();
      const heard = { frames: [] as TappedFrame[], ended: false, done: own.record(port1, [leafOf(physician).leaf]) };
      port2.onmessage = ({ data }) => {
        const said = tapMessage.parse(data);
        if (said.type === 'ended') heard.ended = true;
        else {
          heard.frames.push(said);
          port2.postMessage({ type: 'taken', frames: 1 });
        }
      };
      return heard;
    });
    await Promise.all(taps.map(({ done }) => done));
    await seconds(2);
    await Promise.all([physician.crypto.stopRecording(), patient.crypto.stopRecording()]);
    await expect.poll(() => taps.every(({ ended }) => ended)).toBe(true);

    const [sent, received] = taps.map(({ frames }) => frames);
    const name = ({ kind, mediaTime, data }: TappedFrame) => `${kind} ${String(mediaTime)} ${String(data.byteLength)}`;
    const sentNames = new Set(sent?.map(name));
    const shared = received?.filter((frame) => sentNames.has(name(frame))) ?? [];
    expect(shared.length).toBeGreaterThan(60);
    // Those under way when one began and the other ended.
    expect((received?.length ?? 0) - shared.length).toBeLessThan(20);
    for (const frame of [...(sent ?? []), ...(received ?? [])]) {
      expect([frame.participantId, frame.lost]).toEqual([physician.who.participantId, 0]);
    }
    const before = taps[1]?.frames.length;
    await seconds(0.5);
    expect(taps[1]?.frames).toHaveLength(before ?? 0);
  });
});
