import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import puppeteer, { type CDPSession } from 'puppeteer-core';
import { build } from 'vite';
import type { HourScene } from './hourScene.ts';

const here = import.meta.dirname;
/** The client's own, built as the client is: no module of it is imported here. */
const recorder = join(here, '..', '..', '..', 'apps', 'web', 'src', 'recording', 'recorderWorker.ts');
const installed = '/usr/bin/chromium';
/** As in `fasterTime.ts`. */
const speed = 20;
const looks = 10;
const mebibyte = 2 ** 20;

type Scene = typeof globalThis & { hourScene: HourScene };

/** A module's script under its name, and what else belongs to it. */
async function scriptsOf(entry: string, name: string): Promise<[string, string][]> {
  const built = await build({
    configFile: false,
    root: here,
    logLevel: 'error',
    build: { write: false, target: 'esnext', lib: { entry, formats: ['es'], fileName: () => name } },
  });
  return [built]
    .flat()
    .flatMap((result) => ('output' in result ? result.output : []))
    .flatMap((file): [string, string][] => (file.type === 'chunk' ? [[`/${file.fileName}`, file.code]] : []));
}

/** MiB that the worker still holds, buffers included, when garbage was collected. */
async function heapOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  await delay(200);
  await session.send('HeapProfiler.collectGarbage');
  const usage: { usedSize: number; embedderHeapUsedSize?: number; backingStorageSize?: number } =
    await session.send('Runtime.getHeapUsage');
  return (usage.usedSize + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0)) / mebibyte;
}

export interface Hour {
  /** MiB held after a twentieth of the hour, then at each look. */
  readonly heaps: readonly number[];
  readonly parts: number;
}

/** The recorder's worker, in Chromium, over an hour of a visit of two. */
export async function measureHour(say: (words: string) => void): Promise<Hour> {
  const faster = stripTypeScriptTypes(readFileSync(join(here, 'fasterTime.ts'), 'utf8'));
  const scripts = new Map([
    ...(await scriptsOf(join(here, 'hourScene.ts'), 'scene.js')),
    ...(await scriptsOf(recorder, 'recorderWorker.js')),
  ]);
  const page = '<!doctype html><script type="module" src="/scene.js"></script>';
  const server = createServer((request, response) => {
    const script = scripts.get(request.url ?? '/');
    const body = request.url === '/recorderWorker.js' ? `${faster}${script ?? ''}` : (script ?? page);
    response.writeHead(200, { 'content-type': script === undefined ? 'text/html' : 'text/javascript' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const executablePath = process.env['SOTTO_CHROMIUM'] ?? installed;
  if (!existsSync(executablePath)) throw new Error('Say where Chromium is: SOTTO_CHROMIUM.');
  const browser = await puppeteer.launch({
    executablePath,
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-background-timer-throttling'],
  });
  try {
    const tab = await browser.newPage();
    await tab.goto(`http://localhost:${String(typeof address === 'object' ? address?.port : '')}/`);
    await tab.waitForFunction(() => 'hourScene' in globalThis);
    // It isn't waited for: a call of so many minutes is given up on the way.
    await tab.evaluate((times) => (globalThis as Scene).hourScene.start(times, 1), speed);
    const done = async (): Promise<number> => {
      const { hours, failed } = await tab.evaluate(() => {
        const scene = (globalThis as Scene).hourScene;
        return { hours: scene.hours, failed: scene.failed };
      });
      if (failed !== '') throw new Error(failed);
      return hours;
    };
    const heaps: number[] = [];
    for (let look = 0; look <= looks; look += 1) {
      const until = Math.max(0.05, look / looks - 0.001);
      while ((await done()) < until) await delay(100);
      const session = tab.workers()[0]?.client;
      if (session === undefined) throw new Error('no recorder runs');
      heaps.push(await heapOf(session));
      say(`${Math.round(until * 60)} min: ${heaps.at(-1)?.toFixed(2)} MiB`);
    }
    while ((await done()) < 1) await delay(100);
    await tab.evaluate(() => (globalThis as Scene).hourScene.end());
    return { heaps, parts: await tab.evaluate(() => (globalThis as Scene).hourScene.parts) };
  } finally {
    await browser.close();
    server.close();
  }
}
