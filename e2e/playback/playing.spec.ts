import { type Browser, expect, type Page, test } from '@playwright/test';
import { launchBrowser } from '../browser.ts';
import type { SceneTools } from './scene.ts';
import { PlaybackServer } from './sceneServer.ts';

declare global {
  interface Window {
    scene: SceneTools;
  }
}

const id = (letter: string): string => letter.repeat(21).concat('A');
/** Somebody who mutes for four seconds, somebody who comes later, and one whose recorder died before it wrote a head. */
const [muted, late, interrupted] = [id('a'), id('b'), id('g')];
const seconds = 40;
const frame = 1 / 25;

/** The player's core in Chromium, over a storage that notes what is asked of it. */
test.describe
  .serial('sealed recordings', () => {
    let server: PlaybackServer;
    let browser: Browser;
    let page: Page;

    test.beforeAll(async () => {
      server = await PlaybackServer.start();
      browser = await launchBrowser({ audio: '/dev/null' }, null);
      page = await browser.newPage();
      await page.goto(server.origin);
      await page.waitForFunction(() => 'scene' in window);
      await page.evaluate(
        async ({ length, people }) => {
          const [first = '', second = '', third = ''] = people;
          await window.scene.record(length, [
            { object: first, silent: [10, 14] },
            { object: second, from: 6 },
            { object: third, hasHead: false },
          ]);
        },
        { length: seconds, people: [muted, late, interrupted] },
      );
    });

    test.afterAll(async () => {
      await browser.close();
      await server[Symbol.asyncDispose]();
    });

    test('play two people within 40 ms, at any speed', async () => {
      const facts = await page.evaluate(async (objects) => await window.scene.open(objects), [muted, late]);
      expect(facts).toMatchObject([{ begins: 0 }, { begins: 6_000 }]);
      for (const speed of [1, 1.5]) {
        await page.evaluate(async () => await window.scene.seekTo([8]));
        const { clocks, pictures } = await page.evaluate(async (fast) => await window.scene.apart(5, fast), speed);
        expect(clocks.length).toBeGreaterThan(20);
        expect(Math.max(...clocks.map(Math.abs))).toBeLessThan(0.04);
        // A picture is shown for a frame.
        expect(Math.max(...pictures.map(Math.abs))).toBeLessThan(2 * frame + 0.001);
      }
    });

    test('show the right moment at twenty random places, and play to the end', async () => {
      const places = Array.from({ length: 20 }, () => 7 + Math.random() * (seconds - 9));
      const { errors } = await page.evaluate(async (sought) => await window.scene.seekTo(sought), places);
      expect(Math.max(...errors.map(Math.abs))).toBeLessThan(frame + 0.001);
      const end = await page.evaluate(async (from) => await window.scene.playOut(from), seconds - 3);
      expect(end.picture).toBeGreaterThan(seconds - 0.2);
    });

    test('keep sound with its picture over a pause', async () => {
      const heard = await page.evaluate(async () => await window.scene.heard(8, 10));
      expect(heard.length).toBeGreaterThan(10);
      expect(heard.every((seconds) => seconds === 0)).toBe(true);
    });

    test('are asked for by ranges alone, and kept nowhere', async () => {
      const reads = server.asked.filter(({ path }) => path.startsWith('/parts/'));
      expect(reads.length).toBeGreaterThan(0);
      expect(reads.every(({ octets }) => octets !== null && octets <= 1_048_576)).toBe(true);
      expect(server.asked.some(({ path }) => path.startsWith('/play/'))).toBe(false);
      expect(await page.evaluate(async () => (await caches.keys()).length)).toBe(0);
      const asked = await page.evaluate(async () => (await fetch(`/play/${'q'.repeat(22)}/0`)).status);
      expect(asked).toBe(404);
    });

    test('play on after the browser has ended the Service Worker', async () => {
      const session = await page.context().newCDPSession(page);
      await session.send('ServiceWorker.enable');
      await session.send('ServiceWorker.stopAllWorkers');
      const { errors } = await page.evaluate(async () => await window.scene.seekTo([12, 30]));
      expect(Math.max(...errors.map(Math.abs))).toBeLessThan(frame + 0.001);
    });

    test('that were interrupted are looked through, and play to the end', async () => {
      const facts = await page.evaluate(async (object) => await window.scene.open([object]), interrupted);
      expect(facts).toMatchObject([{ begins: 0, joints: [] }]);
      const end = await page.evaluate(async (from) => await window.scene.playOut(from), seconds - 3);
      expect(end.picture).toBeGreaterThan(seconds - 0.2);
    });

    test('that were changed, cut or swapped end in a refusal', async () => {
      const own = server.parts.get(muted);
      const name = [...(own?.keys() ?? [])].filter((leaf) => leaf !== 'head').at(1) ?? '';
      const whole = own?.get(name);
      const first = own?.get('0000-000000');
      if (!own || !whole || !first) throw new Error('nothing is stored');
      const open = async () => await page.evaluate(async (object) => await window.scene.open([object]), muted);

      own.set(name, whole.subarray(0, whole.length - 4_096));
      expect(await open()).toBe('spoilt');
      own.set(name, first);
      own.set('0000-000000', whole);
      expect(await open()).toBe('spoilt');
      own.set('0000-000000', first);

      // In the middle: what comes before it is good, and from it on nothing is handed out.
      const changed = Buffer.from(whole);
      changed[70_000] = (changed[70_000] ?? 0) ^ 1;
      own.set(name, changed);
      expect(await open()).toMatchObject([{ begins: 0 }]);
      const end = await page.evaluate(async () => await window.scene.playOut(2));
      expect(end.picture).toBeLessThan(seconds - 2);
      expect(await page.evaluate(() => window.scene.state())).toMatchObject({ failure: 'spoilt' });
      own.set(name, whole);
    });
  });
