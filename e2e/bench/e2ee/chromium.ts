import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium, type Page } from '@playwright/test';
import { build } from 'vite';

/** Never asked of any network: every request is answered here. */
const origin = 'https://bench.test';
const installed = '/usr/bin/chromium';
/** Isolated, a page's clock has steps of 5 µs instead of 100. */
const isolation = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/** Bundles a script as the client's are: with its workers in files of their own. */
async function bundle(entry: string): Promise<ReadonlyMap<string, Buffer>> {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-bench-'));
  try {
    await build({
      configFile: false,
      root: import.meta.dirname,
      logLevel: 'error',
      worker: { format: 'iife' },
      build: {
        outDir: folder,
        target: 'esnext',
        rolldownOptions: { input: entry, preserveEntrySignatures: 'strict', output: { entryFileNames: 'entry.js' } },
      },
    });
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
    return new Map(files.map((name) => [`/${name}`, readFileSync(join(folder, name))]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What packages/e2ee weighs by itself, in bytes after gzip: what the page loads of it, and its worker. */
export async function weighPackage(): Promise<{ page: number; worker: number }> {
  const files = [...(await bundle(join(import.meta.dirname, 'weighed.ts')))];
  const weigh = (isWorker: boolean): number =>
    files
      .filter(([path]) => path.includes('worker') === isWorker)
      .reduce((sum, [, code]) => sum + gzipSync(code, { level: 9 }).length, 0);
  return { page: weigh(false), worker: weigh(true) };
}

/** A page of its own browser, with the measurements in it. */
export class BenchPage implements AsyncDisposable {
  readonly page: Page;
  readonly #browser: Browser;

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.page = page;
  }

  static async open(): Promise<BenchPage> {
    const files = await bundle(join(import.meta.dirname, 'page.ts'));
    const executablePath = process.env['SOTTO_CHROMIUM'] ?? (existsSync(installed) ? installed : undefined);
    const browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      chromiumSandbox: process.getuid?.() !== 0,
      args: ['--autoplay-policy=no-user-gesture-required', '--disable-background-timer-throttling'],
    });
    const page = await browser.newPage();
    await page.route(`${origin}/**`, async (route) => {
      const code = files.get(new URL(route.request().url()).pathname);
      await route.fulfill({
        headers: { ...isolation, 'content-type': code === undefined ? 'text/html' : 'text/javascript' },
        body: code ?? '<!doctype html><script type="module" src="/entry.js"></script>',
      });
    });
    await page.goto(`${origin}/`);
    await page.waitForFunction(() => 'e2eeBench' in globalThis && crossOriginIsolated);
    return new BenchPage(browser, page);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.race([this.#browser.close(), new Promise((resolve) => setTimeout(resolve, 5_000))]);
  }
}
