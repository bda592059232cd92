import { type ConsumerId, type ProducerId, transportId } from '@sotto/protocol/ids';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { TestClient } from './client.ts';
import { dtlsClient, opus, producing, receiverCapabilities as rtpCapabilities, vp8 } from './rtp.ts';
import { startTestServer, type TestServer } from './server.ts';
import { type SfuProcess, startSfuProcess } from './sfuProcess.ts';
import { Cast, commitOf, reloaded } from './story.ts';

let server: TestServer;
let sfu: SfuProcess;
const cast = new Cast(() => server);

beforeAll(async () => {
  server = await startTestServer();
  sfu = await startSfuProcess(server, { workers: 2 });
});
afterEach(() => cast.leave());
afterAll(async () => {
  await sfu.close();
  await server.close();
});

const ok = { ok: true, value: {} };
const refusal = (code: string) => ({ ok: false, code });

async function transport(client: TestClient, direction: 'send' | 'receive') {
  const made = await client.ask('sfu:createTransport', { direction });
  if (!made.ok) throw new Error(`no transport: ${made.code}`);
  return transportId.parse(made.value.id);
}

async function produce(client: TestClient, kind: 'audio' | 'video'): Promise<ProducerId> {
  const made = await client.ask('sfu:produce', producing(await transport(client, 'send'), kind));
  if (!made.ok) throw new Error(`no producer: ${made.code}`);
  return made.value.producerId;
}

async function consume(client: TestClient, producerId: ProducerId): Promise<ConsumerId> {
  const transportId = await transport(client, 'receive');
  const made = await client.ask('sfu:consume', { transportId, producerId, rtpCapabilities });
  if (!made.ok) throw new Error(`no consumer: ${made.code}`);
  return made.value.consumerId;
}

async function pair() {
  const { group, physician, patients } = await cast.group(1);
  const [patient] = patients;
  if (!patient) throw new Error('no patient');
  return { group, physician, patient };
}

describe('two people in a group', () => {
  test('send and receive each other, and hear of every change', async () => {
    const { physician, patient } = await pair();
    const capabilities = await physician.ask('sfu:capabilities', {});
    const codecs = capabilities.ok ? (capabilities.value.rtpCapabilities.codecs ?? []) : [];
    expect(codecs.map(({ mimeType }) => mimeType)).toEqual(['audio/opus', 'video/VP8', 'video/rtx']);
    expect(codecs[0]?.parameters).toMatchObject({ useinbandfec: 1, usedtx: 1, minptime: 10 });

    const { participantId } = physician.person;
    const video = await produce(physician, 'video');
    expect(await patient.hears('sfu:producer')).toEqual({
      participantId,
      producerId: video,
      kind: 'video',
      paused: false,
    });
    const consumerId = await consume(patient, video);
    expect(await patient.ask('sfu:resumeConsumer', { consumerId })).toEqual(ok);
    expect(await patient.ask('sfu:setPreferredLayers', { consumerId, spatialLayer: 0, temporalLayer: 1 })).toEqual(ok);
    expect(await patient.ask('sfu:requestKeyFrame', { consumerId })).toEqual(ok);
    expect(await patient.ask('sfu:requestKeyFrame', { consumerId })).toMatchObject(refusal('rateLimited'));

    await physician.ask('sfu:pauseProducer', { producerId: video, paused: true });
    expect(await patient.hears('sfu:producerPaused')).toEqual({ producerId: video, paused: true });
    await physician.ask('sfu:closeProducer', { producerId: video });
    expect(await patient.hears('sfu:producerClosed')).toEqual({ producerId: video });
    expect(await patient.hears('sfu:consumerClosed')).toEqual({ consumerId });
    expect(await patient.ask('sfu:resumeConsumer', { consumerId })).toEqual(refusal('notFound'));
  });

  test('a transport says it is the DTLS server, and connects once to a DTLS client only', async () => {
    const physician = await cast.physician();
    const made = await physician.ask('sfu:createTransport', { direction: 'send' });
    if (!made.ok) throw new Error('no transport');
    expect(made.value.dtlsParameters).toMatchObject({ role: 'server', fingerprints: [{ algorithm: 'sha-256' }] });
    expect(made.value.iceCandidates.map(({ protocol }) => protocol).sort()).toEqual(['tcp', 'udp']);
    const id = transportId.parse(made.value.id);
    for (const role of ['server', 'auto'] as const) {
      const dtlsParameters = { ...dtlsClient, role };
      expect(await physician.ask('sfu:connectTransport', { transportId: id, dtlsParameters })).toEqual(
        refusal('invalid'),
      );
    }
    const right = { transportId: id, dtlsParameters: dtlsClient };
    expect(await physician.ask('sfu:connectTransport', right)).toEqual(ok);
    expect(await physician.ask('sfu:connectTransport', right)).toEqual(refusal('wrongState'));
    expect(await physician.ask('sfu:restartIce', { transportId: id })).toMatchObject({ ok: true });
  });

  test('who comes in later is told what is being sent', async () => {
    const { physician } = await pair();
    const producerId = await produce(physician, 'audio');
    const later = await cast.patientAtDoor(physician);
    await physician.ask('waiting:admit', { participantId: later.person.participantId });
    await later.hears('visit:admitted');
    const state = await later.enterPresent();
    expect(state.producers).toMatchObject([{ producerId, kind: 'audio' }]);
  });
});

describe('nobody', () => {
  test('sends or receives before the welcome into the group', async () => {
    const { physician } = await pair();
    const producerId = await produce(physician, 'audio');
    const admitted = await cast.admitted(physician);
    const sending = producing(await transport(admitted, 'send'), 'audio');
    expect(await admitted.ask('sfu:produce', sending)).toEqual(refusal('wrongState'));
    const receiving = { transportId: await transport(admitted, 'receive'), producerId, rtpCapabilities };
    expect(await admitted.ask('sfu:consume', receiving)).toEqual(refusal('wrongState'));
  });

  test('touches what is another’s', async () => {
    const { physician, patient } = await pair();
    const sender = await transport(physician, 'send');
    const made = await physician.ask('sfu:produce', producing(sender, 'video'));
    if (!made.ok) throw new Error('no producer');
    const { producerId } = made.value;
    const consumerId = await consume(patient, producerId);
    const notFound = refusal('notFound');
    expect(await patient.ask('sfu:produce', producing(sender, 'audio'))).toEqual(notFound);
    expect(await patient.ask('sfu:connectTransport', { transportId: sender, dtlsParameters: dtlsClient })).toEqual(
      notFound,
    );
    expect(await patient.ask('sfu:restartIce', { transportId: sender })).toEqual(notFound);
    expect(await patient.ask('sfu:closeProducer', { producerId })).toEqual(notFound);
    expect(await patient.ask('sfu:pauseProducer', { producerId, paused: true })).toEqual(notFound);
    expect(await physician.ask('sfu:resumeConsumer', { consumerId })).toEqual(notFound);
    expect(await physician.ask('sfu:closeConsumer', { consumerId })).toEqual(notFound);
    expect(await physician.ask('sfu:requestKeyFrame', { consumerId })).toEqual(notFound);
    // Nor what belongs to another visit.
    const { physician: elsewhere } = await pair();
    const receiving = { transportId: await transport(elsewhere, 'receive'), producerId, rtpCapabilities };
    expect(await elsewhere.ask('sfu:consume', receiving)).toEqual(notFound);
  });

  test('sends over a receiving transport, or receives over a sending one', async () => {
    const { physician, patient } = await pair();
    const producerId = await produce(physician, 'audio');
    const wrongState = refusal('wrongState');
    expect(await patient.ask('sfu:produce', producing(await transport(patient, 'receive'), 'audio'))).toEqual(
      wrongState,
    );
    const receiving = { transportId: await transport(patient, 'send'), producerId, rtpCapabilities };
    expect(await patient.ask('sfu:consume', receiving)).toEqual(wrongState);
  });

  test('gets more than a peer may have', async () => {
    const { physician } = await pair();
    const transportId = await transport(physician, 'send');
    for (let count = 0; count < 4; count += 1) {
      expect(await physician.ask('sfu:produce', producing(transportId, 'audio'))).toMatchObject({ ok: true });
    }
    expect(await physician.ask('sfu:produce', producing(transportId, 'audio'))).toEqual(refusal('forbidden'));
  });

  test('sends what the worker takes no sense from', async () => {
    const { physician } = await pair();
    const transportId = await transport(physician, 'send');
    const invalid = refusal('invalid');
    expect(await physician.ask('sfu:produce', producing(transportId, 'audio', vp8()))).toEqual(invalid);
    expect(await physician.ask('sfu:produce', producing(transportId, 'video', opus()))).toEqual(invalid);
    const same = opus();
    expect(await physician.ask('sfu:produce', producing(transportId, 'audio', same))).toMatchObject({ ok: true });
    expect(await physician.ask('sfu:produce', producing(transportId, 'audio', same))).toEqual(invalid);
    const h264 = { ...vp8(), codecs: [{ mimeType: 'video/H264', payloadType: 103, clockRate: 90_000 }] };
    expect(await physician.ask('sfu:produce', producing(transportId, 'video', h264))).toEqual(invalid);
    expect(await physician.ask('sfu:produce', producing(transportId, 'video'))).toMatchObject({ ok: true });
  });
});

describe('media ends', () => {
  test('at once for who is removed', async () => {
    const { group, physician, patients } = await cast.group(2);
    const [first, second] = patients;
    if (!first || !second) throw new Error('no patients');
    const producerId = await produce(second, 'audio');
    await first.hears('sfu:producer');
    const { participantId, leaf } = second.person;
    await physician.ask('mls:commit', { ...commitOf(group, 2), removed: [{ participantId, leaf }] });
    expect(await first.hears('sfu:producerClosed')).toEqual({ producerId });
    expect(await physician.hears('sfu:producerClosed')).toEqual({ producerId });
  });

  test('with a reload, whose new leaf starts from nothing', async () => {
    const { physician, patient } = await pair();
    const producerId = await produce(patient, 'audio');
    const again = await cast.join(reloaded(patient.person));
    const state = await again.enterPresent();
    expect(state.producers).toEqual([]);
    expect(await physician.hears('sfu:producerClosed')).toEqual({ producerId });
    expect(await again.ask('sfu:closeProducer', { producerId })).toEqual(refusal('notFound'));
  });

  test('not with a connection that breaks and comes back', async () => {
    const { group, physician, patient } = await pair();
    const producerId = await produce(patient, 'audio');
    patient.drop();
    const back = await cast.join(patient.person);
    const state = await back.enterPresent();
    expect(state.producers).toMatchObject([{ producerId }]);
    await back.ask('mls:resume', { groupId: group, epoch: 1 });
    expect(await back.ask('sfu:pauseProducer', { producerId, paused: true })).toEqual(ok);
    await physician.hears('sfu:producerPaused');
  });
});

describe('a visit that everybody has left', () => {
  test('gives its room back, and gets a new one when somebody returns', async () => {
    const { physician, patient } = await pair();
    const producerId = await produce(physician, 'audio');
    await patient.ask('visit:leave', {});
    await physician.ask('visit:leave', {});
    await physician.isCutOff();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const again = await cast.join(reloaded(physician.person));
    const state = await again.enterPresent();
    expect(state.producers).toEqual([]);
    expect(await again.ask('sfu:createTransport', { direction: 'send' })).toMatchObject({ ok: true });
    expect(await again.ask('sfu:closeProducer', { producerId })).toEqual(refusal('notFound'));
  });
});

describe('when a worker dies', () => {
  /** Makes a transport, and tells which worker it is on. */
  async function workerOf(client: TestClient): Promise<number> {
    const made = await client.ask('sfu:createTransport', { direction: 'receive' });
    if (!made.ok) throw new Error(`no transport: ${made.code}`);
    return (made.value.iceCandidates[0]?.port ?? 0) - sfu.rtcPort;
  }
  /** Rooms go to the less busy worker, so one of the next visits is on the other one. */
  async function onOtherWorker(worker: number): Promise<TestClient> {
    for (let tries = 0; tries < 8; tries += 1) {
      const { physician } = await pair();
      if ((await workerOf(physician)) !== worker) return physician;
      await produce(physician, 'audio');
    }
    throw new Error('all visits are on one worker');
  }
  /** Kills them together, once those that were killed before have been replaced. */
  async function kill(...workers: number[]): Promise<void> {
    await expect.poll(() => workers.every(isAlive), { timeout: 5000 }).toBe(true);
    for (const worker of workers) process.kill(sfu.workers.get(worker) ?? Number.NaN, 'SIGKILL');
  }
  function isAlive(worker: number): boolean {
    try {
      return process.kill(sfu.workers.get(worker) ?? Number.NaN, 0);
    } catch {
      return false;
    }
  }

  test('its visits are moved to a live one and work again, and the others notice nothing', async () => {
    const { physician, patient } = await pair();
    await produce(physician, 'audio');
    const worker = await workerOf(physician);
    const elsewhere = await onOtherWorker(worker);
    const other = await workerOf(elsewhere);
    await kill(worker);
    await physician.hears('sfu:moved');
    await patient.hears('sfu:moved');
    expect(await workerOf(physician)).toBe(other);
    const producerId = await produce(physician, 'audio');
    await patient.hears('sfu:producer', (entry) => entry.producerId === producerId);
    await consume(patient, producerId);
    expect(elsewhere.heard('sfu:moved')).toEqual([]);
    expect(await workerOf(elsewhere)).toBe(other);
  });

  test('and it was the last one, its visits wait for a new one', async () => {
    const { physician } = await pair();
    await produce(physician, 'audio');
    await kill(0, 1);
    await physician.hears('sfu:unavailable');
    await physician.hears('sfu:moved');
    await produce(physician, 'audio');
  });
});
