import { existsSync } from 'node:fs';
import { chromium } from '@playwright/test';
import { build } from 'vite';

/** Secure enough for WebCrypto, and never asked of any network: every request is answered here. */
const origin = 'http://localhost';
const installed = '/usr/bin/chromium';
const script = 'measured.js';

/** The measurement as files that a browser loads, by name. */
const bundle = async (entry: string): Promise<ReadonlyMap<string, string>> => {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      lib: { entry, formats: ['es'], fileName: () => script },
    },
  });
  const outputs = [built].flat().flatMap((result) => ('output' in result ? result.output : []));
  return new Map(outputs.flatMap((file) => (file.type === 'chunk' ? [[file.fileName, file.code] as const] : [])));
};

/**
 * The same measurement in Chromium.
 *
 * @param entry the file that has it
 * @param name of its function, which takes how many rounds and gives what structured cloning takes
 */
export const measureInChromium = async <T>(entry: string, name: string, rounds: number): Promise<T> => {
  const files = await bundle(entry);
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
      async ({ path, what, count }): Promise<T> => {
        const module = (await import(path)) as Record<string, (count: number) => Promise<T>>;
        const measure = module[what];
        if (!measure) throw new Error('no such measurement');
        return await measure(count);
      },
      { path: `/${script}`, what: name, count: rounds },
    );
  } finally {
    await browser.close();
  }
};
