import { leafThumbprint, participantId, producerId } from '@sotto/protocol/ids';
import { afterEach, describe, expect, test } from 'vitest';
import { RecordingTap, type TapPort } from '../src/recordingTap.ts';
import { type TappedFrame, tapMessage } from '../src/tapMessages.ts';
import { Loopback } from './loopback.ts';
import { provenVisit, relay, termsOf } from './recorded.ts';
import { type Client, leafOf, seconds, type Visit } from './visit.ts';

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
  const allowed = new Set([source.leaf]);
  const tap = new RecordingTap(
    (leaf) => allowed.has(leaf),
    (ms, run) => setTimeout(run, ms),
    () => {
      state.broken += 1;
    },
  );
  const channel = new MessageChannel();
  const frames: TappedFrame[] = [];
  const state = { ended: false, messages: 0, broken: 0 };
  channel.port2.onmessage = ({ data }) => {
    const message = tapMessage.parse(data);
    if (message.type === 'frames') {
      frames.push(...message.frames);
      state.messages += 1;
    } else state.ended = true;
  };
  tap.open(channel.port1);
  const came = (count: number) => expect.poll(() => frames.length, { timeout: 4_000 }).toBe(count);
  const say = (message: unknown): void => {
    channel.port2.postMessage(message);
  };
  return { tap, allowed, frames, state, came, say };
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

  test('comes some frames at a time, and all of them before the end', async () => {
    const { tap, frames, state, came } = recording();
    for (let time = 0; time < 10; time += 1) tap.take(source, time, 0, deltaFrame, time);
    await came(10);
    expect(state.messages).toBe(1);
    tap.take(source, 10, 0, deltaFrame, 10);
    tap.close();
    await expect.poll(() => state.ended).toBe(true);
    expect(frames.map(({ at }) => at)).toEqual(Array.from({ length: 11 }, (_, at) => at));
    expect(state.broken).toBe(0);
  });

  test('is of nobody who may not be recorded', async () => {
    const { tap, frames, came } = recording();
    tap.take({ ...source, leaf: leafThumbprint.parse('x'.repeat(42).concat('A')) }, 0, 0, keyFrame, 0);
    tap.take(source, 0, 0, keyFrame, 0);
    await came(1);
    expect(frames[0]?.leaf).toBe(source.leaf);
  });

  test.each<[string, (tap: RecordingTap) => void]>([
    ['when it was to leave', () => undefined],
    ['at the end', (tap) => tap.close()],
  ])('isn’t what was gathered before somebody withdrew: not %s', async (_, then) => {
    const { tap, allowed, frames, state, came } = recording();
    tap.take(source, 0, 0, keyFrame, 0);
    await came(1);
    tap.take(source, 1, 0, deltaFrame, 1);
    tap.take(source, 2, 0, deltaFrame, 2);
    allowed.clear();
    then(tap);
    await seconds(0.2);
    expect([frames.length, state.messages]).toEqual([1, 1]);
  });

  test('says what was left out when it goes on, and has its whole window again', async () => {
    const { tap, allowed, frames, came, say } = recording();
    for (let time = 0; time < 1_000; time += 1) tap.take(source, time, 0, deltaFrame, time);
    allowed.clear();
    await seconds(0.2);
    allowed.add(source.leaf);
    for (let time = 0; time < 1_024; time += 1) tap.take(source, time, 0, deltaFrame, time);
    await came(1_024);
    expect([frames[0]?.lost, frames[1]?.lost]).toEqual([1_000, 0]);
    say({ type: 'taken', frames: 1_024 });
    await seconds(0.1);
    tap.take(source, 0, 0, deltaFrame, 0);
    await came(1_025);
    expect(tap.isOpen).toBe(true);
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
    expect([tap.isOpen, state.broken]).toEqual([false, 1]);
  });
});

test('a port that takes no frames is closed, and that is told', async () => {
  const told: string[] = [];
  const tap = new RecordingTap(
    () => true,
    (ms, run) => setTimeout(run, ms),
    () => told.push('broken'),
  );
  const port: TapPort = {
    onmessage: null,
    postMessage({ type }) {
      told.push(type);
      if (type === 'frames') throw new DOMException('none', 'DataCloneError');
    },
    close: () => told.push('closed'),
  };
  tap.open(port);
  tap.take(source, 0, 0, keyFrame, 0);
  await seconds(0.2);
  expect([told, tap.isOpen, port.onmessage]).toEqual([['frames', 'ended', 'closed', 'broken'], false, null]);
  // A port that comes later begins with a whole window.
  const { port1, port2 } = new MessageChannel();
  const frames: TappedFrame[] = [];
  port2.onmessage = ({ data }) => {
    const message = tapMessage.parse(data);
    if (message.type === 'frames') frames.push(...message.frames);
  };
  tap.open(port1);
  for (let time = 0; time < 1_024; time += 1) tap.take(source, time, 0, deltaFrame, time);
  await expect.poll(() => frames.length).toBe(1_024);
  tap.close();
});

describe('a visit that is recorded', () => {
  let visit: Visit | null = null;
  const loopbacks: Loopback[] = [];
  afterEach(async () => {
    for (const loopback of loopbacks.splice(0)) await loopback.close();
    await visit?.close();
  });

  /** What one sends comes to the other. */
  async function send(from: Client, to: Client): Promise<void> {
    const tracks = [
      { track: 1, kind: 'audio', source: 'microphone', producerId: producerId.parse(crypto.randomUUID()) },
      { track: 2, kind: 'video', source: 'camera', producerId: producerId.parse(crypto.randomUUID()) },
    ] as const;
    const of = (kind: 'audio' | 'video') => tracks[kind === 'audio' ? 0 : 1];
    const loopback = await Loopback.connect({
      attachSender: (sender, kind) => from.crypto.attachSender(sender, { track: of(kind).track, kind }),
      attachReceiver: (receiver, kind) => to.crypto.attachReceiver(receiver, { producerId: of(kind).producerId, kind }),
    });
    loopbacks.push(loopback);
    const message = await from.crypto.announceTracks(tracks);
    await to.crypto.processApplication({ from: participantId.parse(from.who.participantId), message });
    await expect.poll(() => loopback.framesDecoded(), { timeout: 10_000 }).toBeGreaterThan(10);
  }

  test('hands over what both send, while both agree and not a frame longer', async () => {
    const { visit: opened, physician, patient } = await provenVisit();
    visit = opened;
    await send(physician, patient);
    await send(patient, physician);
    const { port1, port2 } = new MessageChannel();
    const frames: TappedFrame[] = [];
    const heard = { ended: false };
    port2.onmessage = ({ data }) => {
      const said = tapMessage.parse(data);
      if (said.type === 'ended') heard.ended = true;
      else {
        frames.push(...said.frames);
        port2.postMessage({ type: 'taken', frames: said.frames.length });
      }
    };
    await expect(physician.crypto.record(port1)).rejects.toMatchObject({ code: 'wrongState' });

    const terms = termsOf(visit, physician);
    await physician.crypto.askToRecord(terms, 'en');
    await relay([physician, patient]);
    await patient.crypto.answerRecording(terms.recording, true, 'es');
    await relay([physician, patient]);
    const channel = new MessageChannel();
    channel.port2.onmessage = port2.onmessage;
    await physician.crypto.record(channel.port1);
    await seconds(2);
    const counted = (who: Client) => frames.filter(({ leaf }) => leaf === leafOf(who).leaf);
    for (const who of [physician, patient]) {
      expect(counted(who).length).toBeGreaterThan(60);
      expect(new Set(counted(who).map(({ participantId: id }) => id))).toEqual(new Set([who.who.participantId]));
      const times = counted(who).flatMap(({ kind, mediaTime }) => (kind === 'video' ? [mediaTime] : []));
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
    expect(frames.every(({ lost }) => lost === 0)).toBe(true);

    await patient.crypto.withdrawFromRecording(terms.recording);
    const from = participantId.parse(patient.who.participantId);
    for (const message of await patient.crypto.recordingMessages()) {
      await physician.crypto.processApplication({ from, message });
    }
    // What the worker had handed out before has come by the time that it answers again.
    await physician.crypto.stats();
    const before = frames.length;
    await seconds(0.5);
    expect(frames).toHaveLength(before);
    await relay([physician, patient]);
    await physician.crypto.stopRecording();
    await expect.poll(() => heard.ended).toBe(true);
  });
});
