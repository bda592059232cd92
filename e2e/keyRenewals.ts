import type { Page } from '@playwright/test';

type RenewingGlobal = typeof globalThis & { renewals: Map<unknown, () => void> };

/** The changes of keys that a page makes every five minutes, made when a test wants them. */
export class KeyRenewals {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  /** To be called before the page is opened. */
  static async of(page: Page): Promise<KeyRenewals> {
    await page.addInitScript(() => {
      const renewals = new Map<unknown, () => void>();
      (globalThis as RenewingGlobal).renewals = renewals;
      const set = globalThis.setTimeout.bind(globalThis) as (...args: unknown[]) => unknown;
      const clear = globalThis.clearTimeout.bind(globalThis) as (id: unknown) => void;
      const isRenewal = (ms: unknown): boolean => typeof ms === 'number' && ms >= 300_000 && ms <= 320_000;
      Object.assign(globalThis, {
        setTimeout: (run: () => void, ms?: unknown, ...args: unknown[]) => {
          const id = set(run, ms, ...args);
          if (isRenewal(ms)) renewals.set(id, run);
          return id;
        },
        clearTimeout: (id: unknown) => {
          renewals.delete(id);
          clear(id);
        },
      });
    });
    return new KeyRenewals(page);
  }

  /** Has the page renew its keys now, as if they were five minutes old. */
  async now(): Promise<void> {
    await this.#page.waitForFunction(() => (globalThis as RenewingGlobal).renewals.size > 0);
    await this.#page.evaluate(() => {
      for (const [id, run] of [...(globalThis as RenewingGlobal).renewals]) {
        clearTimeout(id as number);
        run();
      }
    });
  }
}
