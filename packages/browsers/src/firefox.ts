import { defineBrowserProvider } from '@vitest/browser';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import type { BrowserProvider, TestProject } from 'vitest/node';

declare module 'vitest/browser' {
  interface BrowserCommands {
    __vitest_viewport: (size: { width: number; height: number }) => Promise<void>;
  }
}

/**
 * A vitest browser provider for an installed Firefox, driven over WebDriver BiDi. Playwright drives only a Firefox
 * build of its own, which isn't the one that people have.
 *
 * @param executablePath the installed browser
 */
export const firefox = (executablePath: string) =>
  defineBrowserProvider({
    name: 'installed-firefox',
    supportedBrowser: ['firefox'],
    providerFactory: (project) => new InstalledFirefox(project, executablePath),
  });

class InstalledFirefox implements BrowserProvider {
  readonly name = 'installed-firefox';
  readonly supportsParallelism = true;
  readonly #executablePath: string;
  readonly #pages = new Map<string, Page>();
  #browser: Promise<Browser> | null = null;

  constructor(project: TestProject, executablePath: string) {
    this.#executablePath = executablePath;
    // vitest asks this of every provider before a file runs; suites here draw nothing, so any size will do.
    project.browser?.registerCommand('__vitest_viewport', async () => undefined);
  }

  getCommandsContext(sessionId: string): Record<string, unknown> {
    return { page: this.#pages.get(sessionId) };
  }

  async openPage(sessionId: string, url: string): Promise<void> {
    this.#browser ??= puppeteer.launch({
      browser: 'firefox',
      executablePath: this.#executablePath,
      headless: true,
      // A page of tests in the background must run as fast as one in front.
      extraPrefsFirefox: { 'dom.min_background_timeout_value': 4, 'dom.timeout.enable_budget_timer_throttling': false },
    });
    const browser = await this.#browser;
    await this.#pages.get(sessionId)?.close();
    const page = await browser.newPage();
    this.#pages.set(sessionId, page);
    await page.goto(url, { timeout: 0 });
  }

  async close(): Promise<void> {
    const browser = await this.#browser;
    this.#browser = null;
    this.#pages.clear();
    await browser?.close();
  }
}
