import { participantId, producerId } from '@sotto/protocol/ids';
import { afterEach, describe, expect, test } from 'vitest';
import { type AnnouncedTrack, CallCryptoError, type Mechanism, mechanisms } from '../src/index.ts';
import { type Ends, Loopback } from './loopback.ts';
import { type Client, deliver, joinRequest, leafOf, pending, person, seconds, Visit, visitOfTwo } from './visit.ts';

const producers = {
  audio: producerId.parse('0b1f9a5e-33c8-4a53-9f57-1d1a8e9f0a01'),
  video: producerId.parse('0b1f9a5e-33c8-4a53-9f57-1d1a8e9f0a02'),
} as const;
const numbers = { audio: 1, video: 2 } as const;
const tracks = [
  { track: numbers.audio, kind: 'audio', source: 'microphone', producerId: producers.audio },
  { track: numbers.video, kind: 'video', source: 'camera', producerId: producers.video },
] as const;

let visit: Visit;
let loopback: Loopback | null = null;
afterEach(async () => {
  await loopback?.close();
  loopback = null;
  await visit.close();
});

async function two(mechanism?: Mechanism): Promise<{ physician: Client; patient: Client }> {
  const opened = await visitOfTwo(mechanism);
  visit = opened.visit;
  return opened;
}

const ends = (from: Client, to: Client): Ends => ({
  attachSender: (sender, kind) => from.crypto.attachSender(sender, { track: numbers[kind], kind }),
  attachReceiver: (receiver, kind) => to.crypto.attachReceiver(receiver, { producerId: producers[kind], kind }),
});

async function announce(from: Client, to: Client, announced: readonly AnnouncedTrack[] = tracks): Promise<string> {
  const message = await from.crypto.announceTracks(announced);
  const outcome = await to.crypto.processApplication({ from: participantId.parse(from.who.participantId), message });
  return outcome.tag;
}

/** Frames of the picture that were dropped, by reason. */
async function videoDrops({ crypto: own }: Client): Promise<Record<string, number>> {
  const { receivers } = await own.stats();
  return receivers.find(({ kind }) => kind === 'video')?.dropped ?? {};
}

async function expectPictureAndSound(): Promise<void> {
  await expect.poll(() => loopback?.framesDecoded(), { timeout: 10_000 }).toBeGreaterThan(20);
  await expect
    .poll(() => loopback?.colour().map((value) => value > 128), { timeout: 5_000 })
    .toEqual([true, false, false]);
  await expect.poll(() => loopback?.audioEnergy(), { timeout: 5_000 }).toBeGreaterThan(0.05);
}

/** Some forty frames arrive; none is seen or heard. */
async function expectNothing(): Promise<void> {
  await expect.poll(() => loopback?.bytesReceived('video'), { timeout: 5_000 }).toBeGreaterThan(1_000);
  await seconds(1.2);
  expect(await loopback?.framesDecoded()).toBe(0);
  expect(loopback?.colour()).toEqual([0, 0, 0]);
  expect(await loopback?.audioEnergy()).toBe(0);
}

describe('two peer connections', () => {
  test.each<Mechanism>([mechanisms.scriptTransform, mechanisms.encodedStreams])(
    'picture and sound arrive in frames sealed by way of %s',
    async (mechanism) => {
      const { physician, patient } = await two(mechanism);
      loopback = await Loopback.connect(ends(physician, patient));
      expect(await announce(physician, patient)).toBe('accepted');
      await expectPictureAndSound();
      const { senders } = await physician.crypto.stats();
      const { receivers } = await patient.crypto.stats();
      for (const { sealed, dropped } of senders) expect([sealed > 20, dropped]).toEqual([true, {}]);
      for (const receiver of receivers) expect(receiver.opened).toBeGreaterThan(20);
      expect(physician.heard.dead).toEqual([]);
    },
  );

  test('sound and picture share the sender’s media time', async () => {
    const { physician, patient } = await two();
    loopback = await Loopback.connect(ends(physician, patient));
    await announce(physician, patient);
    await expectPictureAndSound();
    const [audio, video] = (await patient.crypto.stats()).receivers.map(({ mediaTime }) => mediaTime ?? 0);
    // In units of 100 µs: frames of the same moment are at most a few hundred ms apart.
    expect(Math.abs((audio ?? 0) - (video ?? 0))).toBeLessThan(5_000);
  });

  test('nothing is played before the sender has announced the track', async () => {
    const { physician, patient } = await two();
    loopback = await Loopback.connect(ends(physician, patient));
    await expectNothing();
    expect((await videoDrops(patient))['unannounced']).toBeGreaterThan(20);
    await expect
      .poll(() => patient.latest.trouble, { timeout: 4_000 })
      .toMatchObject({ participantId: null, reason: 'unannounced' });
    await announce(physician, patient);
    await expectPictureAndSound();
  });

  test('nothing is played of tracks that were swapped on the way', async () => {
    const { physician, patient } = await two();
    loopback = await Loopback.connect(ends(physician, patient));
    await announce(physician, patient, [
      { ...tracks[1], track: 3 },
      { ...tracks[0], track: 4 },
    ]);
    await expectNothing();
    expect((await videoDrops(patient))['notAuthentic']).toBeGreaterThan(20);
    await expect
      .poll(() => patient.latest.trouble, { timeout: 3_000 })
      .toMatchObject({
        participantId: physician.who.participantId,
        reason: 'notAuthentic',
      });
    const asked = patient.heard.needKeyFrame.length;
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThan(5);
  });

  test('nothing is played for somebody outside of the group', async () => {
    const { physician } = await two();
    const outsider = await visit.enter(person('physician', 'O'));
    await outsider.crypto.createGroup(9);
    loopback = await Loopback.connect(ends(physician, outsider));
    expect(await announce(physician, outsider)).toBe('dropped');
    await expectNothing();
  });

  test('nothing is played under another member’s name', async () => {
    const { physician, patient } = await two();
    const third = await visit.enter(person('physician', 'T'));
    await deliver(physician, pending(await physician.crypto.add([await joinRequest(third)])), [patient], [third]);
    loopback = await Loopback.connect(ends(physician, patient));
    expect(await announce(third, patient)).toBe('accepted');
    await expectNothing();
    expect((await videoDrops(patient))['wrongSender']).toBeGreaterThan(20);
  });

  test('a sender without a group sends nothing', async () => {
    visit = await Visit.open();
    const physician = await visit.enter(person('physician', 'A'));
    const patient = await visit.enter(person('patient', 'B'));
    loopback = await Loopback.connect(ends(physician, patient));
    await seconds(2);
    expect(await loopback.bytesReceived('audio')).toBe(0);
    expect(await loopback.framesDecoded()).toBe(0);
    const { senders } = await physician.crypto.stats();
    for (const { sealed, dropped } of senders) {
      expect(sealed).toBe(0);
      expect(dropped.notSealing).toBeGreaterThan(20);
    }
  });

  test('the picture stays through new epochs', async () => {
    const { physician, patient } = await two();
    loopback = await Loopback.connect(ends(physician, patient));
    await announce(physician, patient);
    await expectPictureAndSound();
    const before = await loopback.framesDecoded();
    for (let round = 0; round < 5; round += 1) {
      await deliver(physician, pending(await physician.crypto.update()), [patient], []);
      await seconds(0.3);
      await deliver(patient, pending(await patient.crypto.update()), [physician], []);
      await seconds(0.3);
    }
    const { replayed: _, ...dropped } = await videoDrops(patient);
    expect(dropped).toEqual({});
    expect((await loopback.framesDecoded()) - before).toBeGreaterThan(60);
    expect((await patient.crypto.stats()).epoch).toBe(11);
  });

  test('who was put out sees and hears nothing more, though frames still come', async () => {
    const { physician, patient } = await two();
    loopback = await Loopback.connect(ends(physician, patient));
    await announce(physician, patient);
    await expectPictureAndSound();
    const commit = pending(await physician.crypto.remove([leafOf(patient)]));
    await physician.crypto.commitAccepted();
    // A hostile relay: the patient's browser isn't even told, and keeps its keys.
    await seconds(0.5);
    const [frames, energy] = [await loopback.framesDecoded(), await loopback.audioEnergy()];
    await seconds(1.5);
    expect(await loopback.framesDecoded()).toBe(frames);
    // The decoder fades out over what is missing.
    expect(await loopback.audioEnergy()).toBeCloseTo(energy, 2);
    expect(commit.removed).toEqual([leafOf(patient)]);
    expect((await videoDrops(patient))['unknownKey']).toBeGreaterThan(20);
  });

  test('when the worker ends, nothing is sent any more', async () => {
    const { physician, patient } = await two();
    loopback = await Loopback.connect(ends(physician, patient));
    await announce(physician, patient);
    await expectPictureAndSound();
    await physician.crypto.close();
    await seconds(0.3);
    const frames = await loopback.framesDecoded();
    await seconds(1);
    expect(await loopback.framesDecoded()).toBe(frames);
    await expect(physician.crypto.stats()).rejects.toThrow(new CallCryptoError('dead'));
  });
});

describe('a transform that comes too late', () => {
  const late = (prompt: Ends): Ends => ({
    ...prompt,
    attachSender: async (sender, kind) => {
      await seconds(0.05);
      return prompt.attachSender(sender, kind);
    },
  });

  test('lets nothing clear out of a peer connection that was made as it should be', async () => {
    const { physician, patient } = await two();
    loopback = await Loopback.connect(late(ends(physician, patient)));
    await announce(physician, patient);
    await expectPictureAndSound();
    expect((await videoDrops(patient))['malformed']).toBeUndefined();
  });

  test('is noticed by a sender that sends past it, and the sender cut off', async () => {
    const { physician, patient } = await two();
    let bypasses = 0;
    physician.crypto.onBypassed(() => {
      bypasses += 1;
    });
    loopback = await Loopback.connect(late(ends(physician, patient)), {});
    await expect.poll(() => bypasses, { timeout: 5_000 }).toBe(2);
    expect(loopback.sending()).toEqual([null, null]);
  });

  test('is refused by a sender that is connected', async () => {
    const { physician, patient } = await two();
    loopback = await Loopback.connect(ends(physician, patient));
    const outcomes = loopback
      .senders()
      .map((sender) => physician.crypto.attachSender(sender, { track: 7, kind: 'video' }));
    expect(await Promise.all(outcomes)).toEqual([{ tag: 'failed' }, { tag: 'failed' }]);
  });
});
