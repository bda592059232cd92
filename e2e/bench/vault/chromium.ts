import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { build } from 'vite';
import type { measureThroughput, Round } from './throughput.ts';

/** Secure enough for WebCrypto, and never asked of any network: every request is answered here. */
const origin = 'http://localhost';
const installed = '/usr/bin/chromium';
const entry = 'throughput.js';

/** The measurement as files that a browser loads, by name. */
const bundle = async (): Promise<ReadonlyMap<string, string>> => {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      lib: { entry: join(import.meta.dirname, 'throughput.ts'), formats: ['es'], fileName: () => entry },
    },
  });
  const outputs = [built].flat().flatMap((result) => ('output' in result ? result.output : []));
  return new Map(outputs.flatMap((file) => (file.type === 'chunk' ? [[file.fileName, file.code] as const] : [])));
};

/** The same measurement in Chromium. */
export const measureInChromium = async (rounds: number): Promise<Round[]> => {
  const files = await bundle();
  const executablePath = process.env['SOTTO_CHROMIUM'] ?? (existsSync(installed) ? installed : undefined);
  const browser = await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    chromiumSandbox: process.getuid?.() !== 0,
  });
  try {
    const page = await browser.newPage();
    await page.route(`${origin}/**`, async (route) => {
      const code = files.get(new URL(route.request().url()).pathname.slice(1));
      await route.fulfill(
        code === undefined
          ? { contentType: 'text/html', body: '<!doctype html>' }
          : { contentType: 'text/javascript', body: code },
      );
    });
    await page.goto(`${origin}/`);
    return await page.evaluate(
      async ({ path, count }): Promise<Round[]> => {
        const module = (await import(path)) as { measureThroughput: typeof measureThroughput };
        return await module.measureThroughput(count);
      },
      { path: `/${entry}`, count: rounds },
    );
  } finally {
    await browser.close();
  }
};
