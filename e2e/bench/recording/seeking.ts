import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import { launchBrowser } from '../../browser.ts';
import type { SceneTools } from '../../playback/scene.ts';
import { PlaybackServer } from '../../playback/sceneServer.ts';
import { type LineFacts, SlowLine } from './slowLine.ts';

declare global {
  interface Window {
    scene: SceneTools;
  }
}

const object = 'a'.repeat(21).concat('A');
const inClear = `/clear/${object}`;
const seconds = 600;
/** Octets that are put behind each picture: 0.9 Mbit/s, more than a player fetches ahead. */
const morePicture = 4_000;
/** Of one opening; then it's opened anew, with nothing fetched. */
const seeksABlock = 8;
/** So long nothing comes: then nothing more does. */
const quietMs = 400;

const lines = {
  'on this machine': { rate: null, roundTripMs: 0 },
  '20 Mbit/s, 20 ms': { rate: 2_500_000, roundTripMs: 20 },
} as const satisfies Record<string, LineFacts>;
export type LineName = keyof typeof lines;

/** One seek. */
interface Seek {
  /** Milliseconds until its picture is shown. */
  readonly ms: number;
  /** Octets that came until then, and until nothing more came. */
  readonly octets: number;
  readonly all: number;
}
export type SeekPair = Readonly<Record<'sealed' | 'clear', Seek>>;

/** The same places of one recording: sealed, in the player, and as a file with cues that the same server gives out. */
export async function measureSeeks(blocks: number, say: (words: string) => void): Promise<Map<LineName, SeekPair[]>> {
  await using server = await PlaybackServer.start();
  await using line = await SlowLine.start(server.port);
  const browser = await launchBrowser({ audio: '/dev/null' }, null);
  try {
    const page = await browser.newPage();
    await page.goto(`http://localhost:${String(line.port)}`);
    await page.waitForFunction(() => 'scene' in window);
    await page.evaluate(([length, name, more]) => window.scene.record(length, [{ object: name }], more), [
      seconds,
      object,
      morePicture,
    ] as const);
    await open(page, 'sealed', 0);
    await page.evaluate((path) => window.scene.storeInClear(0, path), inClear);
    say(`${server.files.get(inClear)?.length ?? 0} octets`);
    const found = new Map<LineName, SeekPair[]>();
    for (const name of Object.keys(lines) as LineName[]) {
      const pairs: SeekPair[] = [];
      for (let block = 0; block < blocks; block += 1) {
        line.facts = lines[name];
        const places = Array.from({ length: seeksABlock }, () => 5 + Math.random() * (seconds - 10));
        const order = Math.random() < 0.5 ? (['sealed', 'clear'] as const) : (['clear', 'sealed'] as const);
        const seeks = { sealed: [] as Seek[], clear: [] as Seek[] };
        for (const way of order) {
          await open(page, way, block);
          for (const place of places) seeks[way].push(await seek(page, line, place));
        }
        pairs.push(
          ...seeks.sealed.flatMap((sealed, at) => (seeks.clear[at] ? [{ sealed, clear: seeks.clear[at] }] : [])),
        );
        say(`${name}, block ${String(block + 1)} of ${String(blocks)}`);
      }
      found.set(name, pairs);
      line.facts = { rate: null, roundTripMs: 0 };
    }
    return found;
  } finally {
    await browser.close();
  }
}

/** A player of its own: players keep what they have of an address. */
async function open(page: Page, way: keyof SeekPair, block: number): Promise<void> {
  if (way === 'sealed') {
    const facts = await page.evaluate((name) => window.scene.open([name]), object);
    if (typeof facts === 'string') throw new Error(facts);
  }
  const address = way === 'sealed' ? null : `${inClear}?${String(block)}${String(Math.random())}`;
  await page.evaluate(async (clear) => {
    const [first, ...others] = document.querySelectorAll('video');
    for (const video of clear === null ? others : [first, ...others]) video?.removeAttribute('src');
    for (const video of clear === null ? others : [first, ...others]) video?.load();
    const video = clear === null ? first : document.createElement('video');
    if (!video) throw new Error('nothing is open');
    for (const other of document.querySelectorAll('video')) if (other !== video) other.remove();
    if (clear !== null) {
      video.preload = 'auto';
      video.src = clear;
      document.body.append(video);
    }
    while (video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA)
      await new Promise((resolve) => setTimeout(resolve, 20));
  }, address);
}

async function seek(page: Page, line: SlowLine, place: number): Promise<Seek> {
  await quiet(line);
  const before = line.octets;
  const ms = await page.evaluate(async (to) => {
    const video = document.querySelector('video');
    if (!video) throw new Error('nothing is open');
    const began = performance.now();
    const shown = new Promise((resolve) => {
      video.requestVideoFrameCallback(resolve);
    });
    video.currentTime = to;
    await shown;
    return performance.now() - began;
  }, place);
  const octets = line.octets - before;
  await quiet(line);
  return { ms, octets, all: line.octets - before };
}

/** Waits until nothing more comes. */
async function quiet(line: SlowLine): Promise<void> {
  let seen = -1;
  while (seen !== line.octets) {
    seen = line.octets;
    await delay(quietMs);
  }
}
