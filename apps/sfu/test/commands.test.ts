import { randomUUID } from 'node:crypto';
import { errorCode } from '@sotto/protocol/errors';
import { transportId as transportIdSchema } from '@sotto/protocol/ids';
import type { VisitRtpCapabilities, VisitRtpParameters } from '@sotto/protocol/rtp';
import { sfuCommands } from '@sotto/protocol/sfuControl';
import * as fc from 'fast-check';
import type { types } from 'mediasoup';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { newPeer, newRoom, startTestNode, type TestNode } from './node.ts';

let node: TestNode;
/** Every transport that mediasoup has made. */
const transportsSeen: types.Transport[] = [];
beforeAll(async () => {
  node = await startTestNode(2);
  for (const { worker } of node.pool.live) {
    worker.observer.on('newrouter', (router) => {
      router.observer.on('newtransport', (transport) => transportsSeen.push(transport));
    });
  }
});
afterAll(() => node.close());

const ok = { ok: true, value: {} };
const refusal = (code: string) => ({ ok: false, code });

const opus = (ssrc: number): VisitRtpParameters => ({
  mid: String(ssrc),
  codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2 }],
  encodings: [{ ssrc }],
});
const vp8 = (ssrc: number): VisitRtpParameters => ({
  mid: String(ssrc),
  codecs: [{ mimeType: 'video/VP8', payloadType: 101, clockRate: 90_000 }],
  encodings: [{ ssrc }],
});
const rtpCapabilities: VisitRtpCapabilities = {
  codecs: [
    { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2, preferredPayloadType: 100 },
    { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000, preferredPayloadType: 101 },
  ],
  headerExtensions: [],
};

async function openRoom() {
  const roomId = newRoom();
  expect(await node.command('room:open', { roomId })).toMatchObject({ ok: true });
  return roomId;
}
async function transport(
  at: { roomId: ReturnType<typeof newRoom>; peerId: ReturnType<typeof newPeer> },
  direction: 'send' | 'receive',
) {
  const made = await node.command('transport:create', { ...at, direction });
  if (!made.ok) throw new Error(`no transport: ${made.code}`);
  return transportIdSchema.parse(made.value.id);
}
/** A room in which one peer sends, and another may receive. */
async function scene(rtpParameters = vp8(1)) {
  const roomId = await openRoom();
  const sender = { roomId, peerId: newPeer() };
  const receiver = { roomId, peerId: newPeer() };
  const sending = await transport(sender, 'send');
  const kind = rtpParameters.codecs[0]?.mimeType.startsWith('audio') ? 'audio' : 'video';
  const produced = await node.command('producer:create', { ...sender, transportId: sending, kind, rtpParameters });
  if (!produced.ok) throw new Error('no producer');
  const { producerId } = produced.value;
  const receiving = await transport(receiver, 'receive');
  return { roomId, sender, receiver, sending, receiving, producerId };
}

describe('a room', () => {
  test('speaks Opus and VP8 only, and offers no header extension that speaks of the content', async () => {
    const opened = await node.command('room:open', { roomId: newRoom() });
    if (!opened.ok) throw new Error('no room');
    const { codecs = [], headerExtensions = [] } = opened.value.rtpCapabilities;
    expect(codecs.map(({ mimeType }) => mimeType)).toEqual(['audio/opus', 'video/VP8', 'video/rtx']);
    expect(codecs[0]?.parameters).toEqual({ useinbandfec: 1, usedtx: 1, minptime: 10 });
    const uris = headerExtensions.map(({ uri }) => uri);
    expect(uris).toContain('urn:ietf:params:rtp-hdrext:sdes:mid');
    expect(uris).not.toContain('urn:ietf:params:rtp-hdrext:ssrc-audio-level');
  });

  test('opened twice is the same room', async () => {
    const { roomId, receiver, receiving, producerId } = await scene();
    expect(await node.command('room:open', { roomId })).toMatchObject({ ok: true });
    const consuming = { ...receiver, transportId: receiving, producerId, rtpCapabilities };
    expect(await node.command('consumer:create', consuming)).toMatchObject({ ok: true });
  });

  test('opened twice at the same moment is one room', async () => {
    const roomId = newRoom();
    const before = node.rooms.load.rooms;
    await Promise.all([node.command('room:open', { roomId }), node.command('room:open', { roomId })]);
    expect(node.rooms.load.rooms).toBe(before + 1);
  });

  test('that is closed is gone, with everything in it', async () => {
    const { roomId, sender, sending } = await scene();
    expect(await node.command('room:close', { roomId })).toEqual(ok);
    expect(await node.command('transport:restartIce', { ...sender, transportId: sending })).toEqual(
      refusal('notFound'),
    );
    expect(await node.command('transport:create', { ...sender, direction: 'send' })).toEqual(refusal('notFound'));
  });

  test('is one of its own: nothing of it can be received in another', async () => {
    const { producerId } = await scene();
    const { receiver, receiving } = await scene(opus(7));
    const consuming = { ...receiver, transportId: receiving, producerId, rtpCapabilities };
    expect(await node.command('consumer:create', consuming)).toEqual(refusal('notFound'));
  });

  test('takes 64 peers', async () => {
    const roomId = await openRoom();
    for (let count = 0; count < 64; count += 1) await transport({ roomId, peerId: newPeer() }, 'send');
    const more = { roomId, peerId: newPeer(), direction: 'send' as const };
    expect(await node.command('transport:create', more)).toEqual(refusal('forbidden'));
  });
});

describe('a transport', () => {
  test('is reachable by UDP and TCP on its worker’s one port, at the announced address', async () => {
    const roomId = await openRoom();
    const made = await node.command('transport:create', { roomId, peerId: newPeer(), direction: 'send' });
    if (!made.ok) throw new Error('no transport');
    const { iceCandidates } = made.value;
    expect(iceCandidates.map(({ protocol }) => protocol).sort()).toEqual(['tcp', 'udp']);
    expect(new Set(iceCandidates.map(({ address }) => address))).toEqual(new Set(['192.0.2.7']));
    for (const { port } of iceCandidates) expect([node.rtcPort, node.rtcPort + 1]).toContain(port);
  });

  test('takes and gives so many bits a second and no more', async () => {
    const { sending, receiving } = await scene();
    const statsOf = async (id: string) => (await transportsSeen.find((one) => one.id === id)?.getStats())?.[0];
    expect(await statsOf(sending)).toMatchObject({ maxIncomingBitrate: 4_000_000 });
    expect(await statsOf(receiving)).toMatchObject({ maxOutgoingBitrate: 20_000_000 });
  });

  test('replaces the one of the same direction, whose producers are closed', async () => {
    const { sender, sending, receiver, receiving, producerId } = await scene();
    const consuming = { ...receiver, transportId: receiving, producerId, rtpCapabilities };
    const consumed = await node.command('consumer:create', consuming);
    if (!consumed.ok) throw new Error('no consumer');
    await transport(sender, 'send');
    expect(await node.command('transport:restartIce', { ...sender, transportId: sending })).toEqual(
      refusal('notFound'),
    );
    expect(node.heard('producer:closed')).toContainEqual({ ...sender, producerId });
    await expect
      .poll(() => node.heard('consumer:closed'))
      .toContainEqual({ ...receiver, consumerId: consumed.value.consumerId });
  });

  test('of a removed peer is closed, without further events of that peer', async () => {
    const { roomId, sender, sending, producerId } = await scene();
    expect(await node.command('peer:close', { roomId, peerId: sender.peerId })).toEqual(ok);
    expect(await node.command('transport:restartIce', { ...sender, transportId: sending })).toEqual(
      refusal('notFound'),
    );
    expect(node.heard('producer:closed')).not.toContainEqual({ ...sender, producerId });
  });

  test('that is being made while its peer is removed doesn’t survive', async () => {
    const roomId = await openRoom();
    const at = { roomId, peerId: newPeer() };
    const making = node.command('transport:create', { ...at, direction: 'send' });
    await node.command('peer:close', at);
    expect(await making).toEqual(refusal('wrongState'));
  });
});

describe('limits', () => {
  test('a peer sends four things at most, however fast it asks', async () => {
    const at = { roomId: await openRoom(), peerId: newPeer() };
    const transportId = await transport(at, 'send');
    const answers = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((ssrc) =>
        node.command('producer:create', { ...at, transportId, kind: 'audio', rtpParameters: opus(ssrc) }),
      ),
    );
    expect(answers.filter((answer) => answer.ok)).toHaveLength(4);
    expect(answers.filter((answer) => !answer.ok && answer.code === 'forbidden')).toHaveLength(2);
  });

  test('a peer receives 64 things at most', async () => {
    const { receiver, receiving, producerId } = await scene();
    const consuming = { ...receiver, transportId: receiving, producerId, rtpCapabilities };
    for (let count = 0; count < 64; count += 1) {
      expect(await node.command('consumer:create', consuming)).toMatchObject({ ok: true });
    }
    expect(await node.command('consumer:create', consuming)).toEqual(refusal('forbidden'));
  });

  test('key frames can be asked for twice a second', async () => {
    const { receiver, receiving, producerId } = await scene();
    const consuming = { ...receiver, transportId: receiving, producerId, rtpCapabilities };
    const consumed = await node.command('consumer:create', consuming);
    if (!consumed.ok) throw new Error('no consumer');
    const asking = { ...receiver, consumerId: consumed.value.consumerId };
    expect(await node.command('consumer:requestKeyFrame', asking)).toEqual(ok);
    const again = await node.command('consumer:requestKeyFrame', asking);
    expect(again).toMatchObject(refusal('rateLimited'));
    node.passTime(500);
    expect(await node.command('consumer:requestKeyFrame', asking)).toEqual(ok);
  });

  test('sound has no layers and no key frames', async () => {
    const { receiver, receiving, producerId } = await scene(opus(3));
    const consuming = { ...receiver, transportId: receiving, producerId, rtpCapabilities };
    const consumed = await node.command('consumer:create', consuming);
    if (!consumed.ok) throw new Error('no consumer');
    const at = { ...receiver, consumerId: consumed.value.consumerId };
    expect(await node.command('consumer:requestKeyFrame', at)).toEqual(refusal('wrongState'));
    const layers = { ...at, spatialLayer: 0, temporalLayer: 0 };
    expect(await node.command('consumer:setPreferredLayers', layers)).toEqual(refusal('wrongState'));
  });
});

describe('a consumer', () => {
  test('starts paused, until it is resumed', async () => {
    const { receiver, receiving, producerId } = await scene();
    const made: types.Consumer[] = [];
    for (const transport of transportsSeen) transport.observer.on('newconsumer', (consumer) => made.push(consumer));
    const consuming = { ...receiver, transportId: receiving, producerId, rtpCapabilities };
    const consumed = await node.command('consumer:create', consuming);
    if (!consumed.ok) throw new Error('no consumer');
    expect(made.map(({ paused }) => paused)).toEqual([true]);
    expect(await node.command('consumer:resume', { ...receiver, consumerId: consumed.value.consumerId })).toEqual(ok);
    expect(made.map(({ paused }) => paused)).toEqual([false]);
  });

  test('of what the receiver can’t decode is refused', async () => {
    const { receiver, receiving, producerId } = await scene();
    const codecs = rtpCapabilities.codecs?.filter(({ kind }) => kind === 'audio');
    const consuming = { ...receiver, transportId: receiving, producerId, rtpCapabilities: { codecs } };
    expect(await node.command('consumer:create', consuming)).toEqual(refusal('invalid'));
  });
});

test('400 commands that make no sense are typed refusals, and the workers live on', async () => {
  const pids = node.pool.live.map(({ worker }) => worker.pid);
  const { sender, sending } = await scene();
  const name = fc.oneof(fc.constantFrom(...Object.keys(sfuCommands)), fc.string());
  const typed = z.strictObject({ ok: z.literal(false), code: errorCode, retryAfterMs: z.number().optional() });
  const shapeless = fc.record({ command: name, payload: fc.oneof(fc.jsonValue(), fc.object()) });
  // Well-formed parameters with numbers that no worker expects.
  const number = fc.integer({ min: 0, max: 0xffff_ffff });
  const payloadType = fc.integer({ min: 0, max: 127 });
  const odd = fc.record({ payloadType, clockRate: number, ssrc: number }).map(({ ssrc, ...codec }) => ({
    command: 'producer:create',
    payload: {
      ...sender,
      transportId: sending,
      kind: 'video',
      rtpParameters: { codecs: [{ mimeType: 'video/VP8', ...codec }], encodings: [{ ssrc }, { ssrc }] },
    },
  }));
  await fc.assert(
    fc.asyncProperty(fc.oneof(shapeless, odd), async ({ command, payload }) => {
      typed.parse(await node.run(command, payload));
    }),
    { numRuns: 400 },
  );
  expect(node.pool.live.map(({ worker }) => worker.pid)).toEqual(pids);
  const transportId = transportIdSchema.parse(randomUUID());
  expect(await node.command('transport:restartIce', { ...sender, transportId })).toEqual(refusal('notFound'));
});
