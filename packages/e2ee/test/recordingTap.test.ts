import { leafThumbprint, participantId, producerId } from '@sotto/protocol/ids';
import { afterEach, describe, expect, test } from 'vitest';
import { RecordingTap } from '../src/recordingTap.ts';
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
  const tap = new RecordingTap((leaf) => leaf === source.leaf);
  const channel = new MessageChannel();
  const frames: TappedFrame[] = [];
  const state = { ended: false };
  channel.port2.onmessage = ({ data }) => {
    const message = tapMessage.parse(data);
    if (message.type === 'frame') frames.push(message);
    else state.ended = true;
  };
  tap.open(channel.port1);
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

  test('is of nobody who may not be recorded', async () => {
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
        frames.push(said);
        port2.postMessage({ type: 'taken', frames: 1 });
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
    await relay([physician, patient]);
    await seconds(0.2);
    const before = frames.length;
    await seconds(0.5);
    expect(frames).toHaveLength(before);
    await physician.crypto.stopRecording();
    await expect.poll(() => heard.ended).toBe(true);
  });
});
