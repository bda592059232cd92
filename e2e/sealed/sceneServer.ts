import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { Page } from '@playwright/test';
import { build } from 'vite';

const types: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.html': 'text/html' };

const html = `<!doctype html><title>Sealed</title>
<div id="rightKeys"><video autoplay muted></video><audio autoplay></audio></div>
<div id="wrongKeys"><video autoplay muted></video><audio autoplay></audio></div>
<script type="module" src="/scene.js"></script>`;

/** Which of the scenes here is played. */
export type SceneName = 'scene' | 'hostileScene';

/** The scene's scripts, bundled as the client's are: with the worker in a file of its own. */
export class SceneServer implements Disposable {
  static readonly origin = 'https://sealed.test';
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async bundle(scene: SceneName = 'scene'): Promise<SceneServer> {
    const folder = mkdtempSync(join(tmpdir(), 'sotto-scene-'));
    await build({
      configFile: false,
      root: import.meta.dirname,
      logLevel: 'error',
      worker: { format: 'iife' },
      build: {
        outDir: folder,
        emptyOutDir: true,
        target: 'esnext',
        rolldownOptions: { input: join(import.meta.dirname, `${scene}.ts`), output: { entryFileNames: 'scene.js' } },
      },
    });
    return new SceneServer(folder);
  }

  /** Answers the page's requests itself; nothing listens anywhere. */
  async serve(page: Page): Promise<void> {
    await page.route(`${SceneServer.origin}/**`, async (route) => {
      const { pathname } = new URL(route.request().url());
      const body = pathname === '/' ? html : readFileSync(join(this.#folder, pathname));
      await route.fulfill({ contentType: types[extname(pathname) || '.html'] ?? 'application/octet-stream', body });
    });
    await page.goto(`${SceneServer.origin}/`);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
