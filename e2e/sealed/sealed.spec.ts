import { type Browser, expect, type Page, test } from '@playwright/test';
import { launchBrowser } from '../browser.ts';
import { AudioReader } from '../clip/audioReader.ts';
import { type ClipFolder, clips, writeClips } from '../clip/fakeDevices.ts';
import { FrameReader } from '../clip/frameReader.ts';
import { decodeTimeCode } from '../clip/timeCode.ts';
import { decodeVideo } from './decoder.ts';
import { type PlainFrame, tapWorkers } from './frameTap.ts';
import type { SentFrame } from './rtpFrames.ts';
import type { Scene } from './scene.ts';
import { SceneServer } from './sceneServer.ts';
import { TestSfu } from './testSfu.ts';

type SceneGlobal = typeof globalThis & { Scene: typeof Scene; scene: Scene; plainFrames: PlainFrame[] };

/** Bytes that the SFU has to be able to read: of a VP8 key frame, of another, and of Opus. */
const clear = { key: 10, delta: 3, audio: 1 } as const;

interface Recorded {
  readonly plain: ReadonlyMap<string, Uint8Array>;
  readonly sent: { readonly video: readonly SentFrame[]; readonly audio: readonly SentFrame[] };
}

test.describe('sealed media in an SFU of ours', () => {
  let clipFolder: ClipFolder;
  let browser: Browser;
  let sfu: TestSfu;
  let page: Page;

  test.beforeAll(async () => {
    clipFolder = writeClips();
    browser = await launchBrowser(clipFolder.physician, null);
    sfu = await TestSfu.start();
    using server = await SceneServer.bundle();
    const context = await browser.newContext({ permissions: ['camera', 'microphone'] });
    page = await context.newPage();
    await page.addInitScript(tapWorkers);
    await page.exposeFunction('sfuCreateTransport', () => sfu.createTransport());
    await page.exposeFunction('sfuConnect', (...args: Parameters<TestSfu['connect']>) => sfu.connect(...args));
    await page.exposeFunction('sfuProduce', (...args: Parameters<TestSfu['produce']>) => sfu.produce(...args));
    await page.exposeFunction('sfuConsume', (...args: Parameters<TestSfu['consume']>) => sfu.consume(...args));
    await page.addInitScript(() => {
      const bound = (name: string): unknown => Reflect.get(globalThis, name);
      Object.assign(globalThis, {
        sfu: {
          createTransport: bound('sfuCreateTransport'),
          connect: bound('sfuConnect'),
          produce: bound('sfuProduce'),
          consume: bound('sfuConsume'),
        },
      });
    });
    await server.serve(page);
    await page.waitForFunction(() => 'Scene' in globalThis);
    await page.evaluate(async (capabilities) => {
      const own = globalThis as SceneGlobal;
      own.scene = await own.Scene.open(capabilities);
      await own.scene.send();
    }, sfu.rtpCapabilities);
  });

  test.afterAll(async () => {
    await Promise.race([browser.close(), new Promise((resolve) => setTimeout(resolve, 5000))]);
    await sfu[Symbol.asyncDispose]();
    clipFolder[Symbol.dispose]();
  });

  /** What was encoded and what the SFU had of it, over some seconds. */
  async function record(): Promise<Recorded> {
    await page.waitForTimeout(5000);
    const plain = await page.evaluate(() =>
      (globalThis as SceneGlobal).plainFrames.map(({ kind, timestamp, bytes }) => ({
        key: `${kind} ${timestamp}`,
        text: btoa(String.fromCharCode(...bytes)),
      })),
    );
    return {
      plain: new Map(plain.map(({ key, text }) => [key, Buffer.from(text, 'base64')])),
      sent: { video: [...sfu.seen.video.frames], audio: [...sfu.seen.audio.frames] },
    };
  }

  test('what the SFU has differs from what was encoded, but for the few bytes it needs', async () => {
    const { plain, sent } = await record();
    for (const kind of ['video', 'audio'] as const) {
      const pairs = sent[kind].flatMap(({ timestamp, payload }) => {
        const encoded = plain.get(`${kind} ${timestamp}`);
        return encoded ? [{ encoded, payload }] : [];
      });
      expect(pairs.length, `${kind} frames of both sides are matched`).toBeGreaterThan(sent[kind].length * 0.8);
      expect(pairs.length).toBeGreaterThan(50);
      for (const { encoded, payload } of pairs) {
        const isKey = kind === 'video' && ((encoded[0] ?? 1) & 1) === 0;
        const prefix = kind === 'audio' ? clear.audio : isKey ? clear.key : clear.delta;
        expect(payload.subarray(0, prefix).equals(encoded.subarray(0, prefix))).toBe(true);
        const rest = Buffer.from(encoded.subarray(prefix));
        // Shorter ones might turn up by chance.
        if (rest.length >= 8) expect(payload.includes(rest.subarray(0, 8))).toBe(false);
        if (rest.length >= 16) expect(payload.includes(rest.subarray(-8))).toBe(false);
        expect(payload.length).toBeGreaterThan(encoded.length);
      }
    }
  });

  test('what the SFU has shows no picture, while what was encoded does', async () => {
    const { plain, sent } = await record();
    const encoded = [...plain].filter(([key]) => key.startsWith('video')).map(([, bytes]) => bytes);
    const readable = (cells: readonly string[]): number => cells.filter((text) => decodeTimeCode(text)).length;
    expect(readable(await decodeVideo(page, encoded))).toBeGreaterThan(encoded.length * 0.8);
    expect(
      readable(
        await decodeVideo(
          page,
          sent.video.map(({ payload }) => payload),
        ),
      ),
    ).toBe(0);
  });

  test('with the right keys it is seen and heard; with other keys nothing is', async () => {
    await page.evaluate(async () => {
      const { scene } = globalThis as SceneGlobal;
      await scene.receive('rightKeys');
      await scene.receive('wrongKeys');
    });
    await using rightPicture = await FrameReader.start(page.locator('#rightKeys video'));
    await using wrongPicture = await FrameReader.start(page.locator('#wrongKeys video'));
    await using rightSound = await AudioReader.start(page.locator('#rightKeys audio'));
    await using wrongSound = await AudioReader.start(page.locator('#wrongKeys audio'));
    let right = 0;
    await expect
      .poll(
        async () => {
          right += (await rightPicture.take()).filter(({ code }) => code?.clip === clips.physician).length;
          return right;
        },
        { timeout: 30_000 },
      )
      .toBeGreaterThan(60);
    expect((await rightSound.take()).loud).toBeGreaterThan(0.01);

    expect(await wrongPicture.take()).toEqual([]);
    expect((await wrongSound.take()).loud).toBe(0);
    expect(await page.locator('#wrongKeys video').evaluate((video: HTMLVideoElement) => video.videoWidth)).toBe(0);
    const drops = await page.evaluate(() => (globalThis as SceneGlobal).scene.drops('wrongKeys'));
    expect(drops['notAuthentic'], 'it is the key that fails, nothing else').toBeGreaterThan(30);
  });
});
