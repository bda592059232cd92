import { randomBytes } from 'node:crypto';
import { type Browser, expect, type Page, test } from '@playwright/test';
import { launchBrowser } from '../browser.ts';
import { type ClipFolder, writeClips } from '../clip/fakeDevices.ts';
import type { HostileRelay, Tamper } from './hostileRelay.ts';
import type { HostileScene, Reception, SentTrack } from './hostileScene.ts';
import { SceneServer } from './sceneServer.ts';
import { TestSfu } from './testSfu.ts';

type SceneGlobal = typeof globalThis & { HostileScene: typeof HostileScene; scene: HostileScene };

/** Octets at the front that the SFU may read, then the SFrame header with its key id of 1 to 3 octets. */
const prefixOf = (kind: SentTrack['kind'], payload: Buffer): number =>
  kind === 'audio' ? 1 : ((payload[0] ?? 1) & 1) === 0 ? 10 : 3;
const headerOctets = (header: number): number =>
  1 + (header & 0x80 ? ((header >> 4) & 7) + 1 : 0) + (header & 0x08 ? (header & 7) + 1 : 0);

const flipped = (payload: Buffer, at: number, bits = 0x10): Buffer[] => {
  const changed = Buffer.from(payload);
  changed.writeUInt8(changed.readUInt8(at) ^ bits, at);
  return [changed];
};

/** One thing that the SFU does to every frame; empty ones pass, since they carry nothing. */
type Attack = (kind: SentTrack['kind'], payload: Buffer, prefix: number, header: number) => readonly Buffer[];

const attacks: readonly (readonly [string, Attack])[] = [
  ['flips a bit of the clear prefix', (_, payload, prefix) => flipped(payload, prefix - 1)],
  ['calls key frames delta frames, and the other way round', (_, payload) => flipped(payload, 0, 0x01)],
  ['flips a bit of the header’s configuration', (_, payload, prefix) => flipped(payload, prefix, 0x01)],
  ['flips a bit of the key id', (_, payload, prefix) => flipped(payload, prefix + 1, 0x01)],
  ['flips a bit of the counter', (_, payload, prefix, header) => flipped(payload, prefix + header - 1, 0x01)],
  ['flips a bit of the ciphertext', (_, payload, prefix, header) => flipped(payload, prefix + header + 5)],
  ['flips a bit of the tag', (_, payload) => flipped(payload, payload.length - 1)],
  ['cuts the tag short', (_, payload) => [payload.subarray(0, -1)]],
  ['cuts the tag off', (_, payload) => [payload.subarray(0, -16)]],
  ['cuts all but the header off', (_, payload, prefix, header) => [payload.subarray(0, prefix + header)]],
  [
    'strips the header',
    (_, payload, prefix, header) => [Buffer.concat([payload.subarray(0, prefix), payload.subarray(prefix + header)])],
  ],
  [
    'strips all of the sealing that it knows of',
    (_, payload, prefix, header) => [
      Buffer.concat([payload.subarray(0, prefix), payload.subarray(prefix + header + 4, -16)]),
    ],
  ],
  ['sends garbage', (_, payload) => [randomBytes(payload.length)]],
];

test.describe('a media server', { tag: '@laboratory' }, () => {
  let clipFolder: ClipFolder;
  let browser: Browser;
  let sfu: TestSfu;
  let page: Page;
  let ada: SentTrack[];
  let ben: SentTrack[];
  let clear: SentTrack[];
  let names: { ada: string; ben: string };
  const relays = new Map<string, HostileRelay>();
  let benBefore: Reception;

  test.beforeAll(async () => {
    clipFolder = writeClips();
    browser = await launchBrowser(clipFolder.physician, null);
    sfu = await TestSfu.start();
    using server = await SceneServer.bundle('hostileScene');
    page = await browser.newPage();
    await page.exposeFunction('sfuCreateTransport', () => sfu.createTransport());
    await page.exposeFunction('sfuConnect', (...args: Parameters<TestSfu['connect']>) => sfu.connect(...args));
    await page.exposeFunction('sfuProduce', (...args: Parameters<TestSfu['produce']>) => sfu.produce(...args));
    await page.exposeFunction('sfuConsume', (...args: Parameters<TestSfu['consume']>) => sfu.consume(...args));
    await page.exposeFunction('sfuRequestKeyFrame', (producer: string) => sfu.requestKeyFrame(producer));
    await page.addInitScript(() => {
      const bound = (name: string): unknown => Reflect.get(globalThis, name);
      Object.assign(globalThis, {
        sfu: {
          createTransport: bound('sfuCreateTransport'),
          connect: bound('sfuConnect'),
          produce: bound('sfuProduce'),
          consume: bound('sfuConsume'),
          requestKeyFrame: bound('sfuRequestKeyFrame'),
        },
      });
    });
    await server.serve(page);
    await page.waitForFunction(() => 'HostileScene' in globalThis);
    [ada, ben, clear] = await page.evaluate(async (capabilities) => {
      const own = globalThis as SceneGlobal;
      own.scene = await own.HostileScene.open(capabilities);
      return [await own.scene.send('ada'), await own.scene.send('ben'), await own.scene.send('clear')] as const;
    }, sfu.rtpCapabilities);
    names = await page.evaluate(() => {
      const { scene } = globalThis as SceneGlobal;
      return { ada: scene.participant('ada'), ben: scene.participant('ben') };
    });
    for (const { producerId, kind } of [...ada, ...ben]) {
      relays.set(producerId, await sfu.interpose(producerId, kind));
    }
    await receive(ben);
    await expectPlayed(ben, 'blue');
  });

  test.beforeEach(async () => {
    benBefore = await reception(ben, 'video');
  });

  test.afterEach(async () => {
    for (const [producerId, relay] of relays) {
      relay.behave();
      await relay.listen(producerId);
    }
    await page.evaluate((tracks) => (globalThis as SceneGlobal).scene.drop(tracks), ada);
  });

  test.afterAll(async () => {
    await Promise.race([browser.close(), new Promise((resolve) => setTimeout(resolve, 5000))]);
    await sfu[Symbol.asyncDispose]();
    clipFolder[Symbol.dispose]();
  });

  const receive = (tracks: readonly SentTrack[]): Promise<void> =>
    page.evaluate((wanted) => (globalThis as SceneGlobal).scene.receive(wanted), tracks);

  async function reception(tracks: readonly SentTrack[], kind: SentTrack['kind']): Promise<Reception> {
    const track = tracks.find((one) => one.kind === kind);
    if (track === undefined) throw new Error('no such track');
    return await page.evaluate((wanted) => (globalThis as SceneGlobal).scene.reception(wanted), track);
  }

  async function misbehave(tracks: readonly SentTrack[], tamper: (kind: SentTrack['kind']) => Tamper): Promise<void> {
    for (const { producerId, kind } of tracks) relays.get(producerId)?.misbehave(tamper(kind));
  }

  async function relayFrom(tracks: readonly SentTrack[], others: readonly SentTrack[]): Promise<void> {
    for (const { producerId, kind } of tracks) {
      const other = others.find((one) => one.kind === kind);
      if (other !== undefined) await relays.get(producerId)?.listen(other.producerId);
    }
  }

  const lost = ({ dropped }: Reception): number => Object.values(dropped).reduce((sum, count) => sum + count, 0);

  async function expectPlayed(tracks: readonly SentTrack[], colour: 'red' | 'blue'): Promise<void> {
    const shade = colour === 'red' ? [true, false, false] : [false, false, true];
    await expect
      .poll(async () => (await reception(tracks, 'video')).colour.map((value) => value > 128), { timeout: 20_000 })
      .toEqual(shade);
    await expect.poll(async () => (await reception(tracks, 'audio')).energy, { timeout: 10_000 }).toBeGreaterThan(0);
  }

  /** Plenty has come; nothing of it was seen or heard. */
  async function expectNothing(tracks: readonly SentTrack[], by: string | null): Promise<Reception[]> {
    const found: Reception[] = [];
    for (const kind of ['audio', 'video'] as const) {
      await expect.poll(async () => lost(await reception(tracks, kind)), { timeout: 15_000 }).toBeGreaterThan(30);
      await expect
        .poll(async () => (await reception(tracks, kind)).trouble.map(({ participantId }) => participantId), {
          timeout: 10_000,
        })
        .toContain(by);
      const received = await reception(tracks, kind);
      expect(received).toMatchObject({ opened: 0, pictures: 0, energy: 0, colour: [0, 0, 0] });
      expect(new Set(received.trouble.map(({ participantId }) => participantId))).toEqual(new Set([by]));
      found.push(received);
    }
    return found;
  }

  /** Whom it wasn't about has gone on all the while, and nothing is said of them. */
  async function expectBenUnharmed(): Promise<void> {
    await expect
      .poll(async () => (await reception(ben, 'video')).pictures - benBefore.pictures, { timeout: 10_000 })
      .toBeGreaterThan(20);
    const { colour, trouble } = await reception(ben, 'video');
    expect(colour.map((value) => value > 128)).toEqual([false, false, true]);
    expect(trouble).toEqual([]);
  }

  async function relent(): Promise<void> {
    for (const [producerId, relay] of relays) {
      relay.behave();
      await relay.listen(producerId);
    }
    await expectPlayed(ada, 'red');
  }

  for (const [what, attack] of attacks) {
    test(`that ${what} has nothing played, the sender named, the others unharmed, and no lasting effect`, async () => {
      await misbehave(ada, (kind) => (payload) => {
        if (payload.length === 0) return [payload];
        const prefix = prefixOf(kind, payload);
        return attack(kind, payload, prefix, headerOctets(payload.readUInt8(prefix)));
      });
      await receive(ada);
      await expectNothing(ada, names.ada);
      await expectBenUnharmed();
      await relent();
    });
  }

  test('that sends somebody’s clear media under a member’s name', async () => {
    await relayFrom(ada, clear);
    await receive(ada);
    await expectNothing(ada, names.ada);
    await expectBenUnharmed();
    await relent();
  });

  test('that swaps two senders: neither is seen as the other, and both are named', async () => {
    await page.evaluate((tracks) => (globalThis as SceneGlobal).scene.drop(tracks), ben);
    await relayFrom(ada, ben);
    await relayFrom(ben, ada);
    await receive([...ada, ...ben]);
    for (const [tracks, by] of [
      [ada, names.ada],
      [ben, names.ben],
    ] as const) {
      for (const { dropped } of await expectNothing(tracks, by)) {
        expect(Object.keys(dropped)).toEqual(['wrongSender']);
      }
    }
    await relent();
    await expectPlayed(ben, 'blue');
    // What was dropped is told once a second: the last of it comes after the pictures are back.
    const told = async () => (await reception(ben, 'video')).trouble.length;
    await expect
      .poll(async () => {
        const before = await told();
        await page.waitForTimeout(1_500);
        return (await told()) - before;
      })
      .toBe(0);
  });

  test('that sends each frame three times: each counts once, and nothing is said', async () => {
    await misbehave(ada, () => (payload) => [payload, payload, payload]);
    await receive(ada);
    await expectPlayed(ada, 'red');
    await expect.poll(async () => (await reception(ada, 'video')).dropped['replayed'] ?? 0).toBeGreaterThan(60);
    const { opened, dropped, trouble } = await reception(ada, 'video');
    expect(dropped['replayed']).toBeGreaterThan(opened * 1.5);
    expect(Object.keys(dropped)).toEqual(['replayed']);
    expect(trouble).toEqual([]);
    await expectBenUnharmed();
  });

  test('that plays a recorded moment again and again in place of what is sent', async () => {
    await receive(ada);
    await expectPlayed(ada, 'red');
    for (const { producerId } of ada) {
      const relay = relays.get(producerId);
      const recorded = relay?.history.filter((payload) => payload.length > 0).slice(-20) ?? [];
      let next = 0;
      relay?.misbehave(() => [recorded[next++ % recorded.length] ?? Buffer.alloc(0)]);
    }
    // What was recorded on its way comes for the first time now: the first round through may show pictures.
    const copies = async () => (await reception(ada, 'video')).dropped['replayed'] ?? 0;
    const first = await copies();
    await expect.poll(copies, { timeout: 10_000 }).toBeGreaterThan(first + 40);
    const before = await reception(ada, 'video');
    await expect
      .poll(async () => (await reception(ada, 'video')).trouble, { timeout: 6_000 })
      .toContainEqual(expect.objectContaining({ participantId: names.ada, reason: 'replayed' }));
    await expect.poll(copies, { timeout: 10_000 }).toBeGreaterThan((before.dropped['replayed'] ?? 0) + 20);
    const after = await reception(ada, 'video');
    expect([after.opened, after.pictures]).toEqual([before.opened, before.pictures]);
    await expectBenUnharmed();
    await relent();
  });

  test('that plays frames of an epoch that is over', async () => {
    await receive(ada);
    await expectPlayed(ada, 'red');
    await page.evaluate(() => (globalThis as SceneGlobal).scene.renew());
    const recorded = new Map(
      ada.map(({ producerId }) => {
        const past = relays.get(producerId)?.history.filter((payload) => payload.length > 0) ?? [];
        return [producerId, past.slice(-200)];
      }),
    );
    // Frames that were kept back: none of them is known to anybody.
    await page.evaluate((tracks) => (globalThis as SceneGlobal).scene.drop(tracks), ada);
    await receive(ada);
    await expectPlayed(ada, 'red');
    await page.waitForTimeout(2_500);
    const before = await reception(ada, 'video');
    for (const [producerId, past] of recorded) {
      let next = 0;
      relays.get(producerId)?.misbehave(() => [past[next++ % past.length] ?? Buffer.alloc(0)]);
    }
    await expect
      .poll(async () => (await reception(ada, 'video')).trouble, { timeout: 6_000 })
      .toContainEqual(expect.objectContaining({ participantId: names.ada, reason: 'oldEpoch' }));
    await expect.poll(async () => (await reception(ada, 'video')).dropped['oldEpoch']).toBeGreaterThan(30);
    expect((await reception(ada, 'video')).opened - before.opened).toBeLessThan(10);
    await expectBenUnharmed();
    await relent();
  });

  test('that puts garbage between a member’s frames: these are played all the same', async () => {
    await misbehave(ada, () => (payload) => [payload, randomBytes(200), randomBytes(20), randomBytes(3)]);
    await receive(ada);
    await expectPlayed(ada, 'red');
    await expect.poll(async () => (await reception(ada, 'video')).opened).toBeGreaterThan(40);
    const { trouble } = await reception(ada, 'video');
    expect(trouble.map(({ participantId }) => participantId)).toContain(names.ada);
    expect(trouble.length).toBeLessThan(20);
    await expectBenUnharmed();
  });

  test('that offers a producer which no member has announced', async () => {
    const unannounced = await page.evaluate(() => (globalThis as SceneGlobal).scene.send('ada', false));
    for (const tracks of [unannounced, clear]) {
      await receive(tracks);
      for (const { dropped } of await expectNothing(tracks, null)) {
        expect(Object.keys(dropped)).toEqual(['unannounced']);
      }
      await page.evaluate((gone) => (globalThis as SceneGlobal).scene.drop(gone), tracks);
    }
    await expectBenUnharmed();
  });
});
