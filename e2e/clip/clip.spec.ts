import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { launchBrowser } from '../browser.ts';
import { writeAudioClip } from './audioClip.ts';
import { AudioReader } from './audioReader.ts';
import { FrameReader } from './frameReader.ts';
import { decodeTimeCode, encodeTimeCode } from './timeCode.ts';
import { videoFormat, writeVideoClip } from './videoClip.ts';

test.describe('the time code', () => {
  test('comes back as it went', () => {
    for (const code of [
      { clip: 0, frame: 0 },
      { clip: 255, frame: 65535 },
      { clip: 1, frame: 299 },
    ]) {
      expect(decodeTimeCode(encodeTimeCode(code))).toEqual(code);
    }
  });

  test('is not read from damaged cells', () => {
    const cells = encodeTimeCode({ clip: 1, frame: 77 });
    for (let bit = 0; bit < cells.length; bit++) {
      const flipped = `${cells.slice(0, bit)}${cells[bit] === '0' ? '1' : '0'}${cells.slice(bit + 1)}`;
      expect(decodeTimeCode(flipped)).toBeUndefined();
    }
    for (const blank of ['', '0'.repeat(48), '1'.repeat(48)]) expect(decodeTimeCode(blank)).toBeUndefined();
  });
});

test('a browser captures the clip, and the readers read it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-clip-'));
  const devices = { video: join(folder, 'clip.y4m'), audio: join(folder, 'clip.wav') };
  writeVideoClip(devices.video, 7);
  writeAudioClip(devices.audio);
  const browser = await launchBrowser(devices, null);
  try {
    const page = await browser.newPage();
    await page.route('https://clip.test/', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<video autoplay muted>' }),
    );
    await page.goto('https://clip.test/');
    const video = page.locator('video');
    await video.evaluate(async (element: HTMLVideoElement) => {
      element.srcObject = await navigator.mediaDevices.getUserMedia({
        video: { width: 640, height: 360 },
        audio: true,
      });
      await element.play();
    });
    await using frames = await FrameReader.start(video);
    await using sound = await AudioReader.start(video);
    await page.waitForTimeout(3000);
    const shown = await frames.take();
    const codes = shown.flatMap(({ code }) => (code ? [code] : []));
    expect(codes.length / shown.length).toBeGreaterThan(0.99);
    expect(new Set(codes.map(({ frame }) => frame)).size).toBeGreaterThan(2.5 * videoFormat.framesPerSecond);
    expect(new Set(codes.map(({ clip }) => clip))).toEqual(new Set([7]));
    const { loud, quiet } = await sound.take();
    expect(loud).toBeGreaterThan(0.05);
    expect(quiet).toBeLessThan(loud / 10);
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
