import { expect, test } from '@playwright/test';
import type { Browser, Page } from 'puppeteer-core';
import type { SceneTools } from '../playback/scene.ts';
import { PlaybackServer } from '../playback/sceneServer.ts';
import { launchFirefox } from './installedFirefox.ts';

declare global {
  interface Window {
    scene: SceneTools;
  }
}

const id = (letter: string): string => letter.repeat(21).concat('A');
/** Somebody who comes later, somebody who is there all along, and one without a camera. */
const [late, whole, heard] = [id('a'), id('b'), id('c')];
const seconds = 20;
const frame = 1 / 25;

/** The player's core in Firefox, which counts a file's time from its first frame and may have no sound device. */
test.describe
  .serial('sealed recordings in Firefox', () => {
    let server: PlaybackServer;
    let browser: Browser;
    let page: Page;

    test.beforeAll(async () => {
      server = await PlaybackServer.start();
      browser = await launchFirefox();
      page = await browser.newPage();
      await page.goto(server.origin);
      await page.waitForFunction(() => 'scene' in window);
      const people = [{ object: late, from: 3 }, { object: whole }, { object: heard, from: 2, hasPicture: false }];
      await page.evaluate(async (length, who) => await window.scene.record(length, who), seconds, people);
      const facts = await page.evaluate(async (objects) => await window.scene.open(objects), [late, whole, heard]);
      expect(facts).toHaveLength(3);
    });

    test.afterAll(async () => {
      await browser.close();
      await server[Symbol.asyncDispose]();
    });

    test('show the right moment of who came late, wherever they are pressed', async () => {
      const places = [5, 12.4, 3.2, 17, 8.6];
      const { errors } = await page.evaluate(async (sought) => await window.scene.seekTo(sought), places);
      expect(Math.max(...errors.map(Math.abs))).toBeLessThan(frame + 0.001);
    });

    test('play in step, and to the end', async () => {
      await page.evaluate(async () => await window.scene.seekTo([6]));
      const { clocks, pictures } = await page.evaluate(async () => await window.scene.apart(5, 1));
      expect(clocks.length).toBeGreaterThan(20);
      // Firefox moves `currentTime` picture by picture, and a picture is shown for a frame.
      expect(Math.max(...clocks.map(Math.abs))).toBeLessThan(2 * frame + 0.001);
      expect(Math.max(...pictures.map(Math.abs))).toBeLessThan(2 * frame + 0.001);
      const end = await page.evaluate(async (from) => await window.scene.playOut(from), seconds - 3);
      expect(end.picture).toBeGreaterThan(seconds - 0.2);
      expect(await page.evaluate(() => window.scene.state())).toMatchObject({
        failure: null,
        errors: [null, null, null],
      });
    });
  });
