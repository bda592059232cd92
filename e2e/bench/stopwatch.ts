import type { Page } from '@playwright/test';

/** Unix milliseconds with fractions, by the page's clock; pages of one machine agree. */
export interface Times {
  /** The latest press of a button or a link. */
  readonly pressed: number;
  /** The first picture of another person since then, on this page. */
  readonly firstFrame: number;
}

/** Has every document of a page note when something is pressed and when somebody's picture first shows. */
export async function installStopwatch(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const times = { pressed: 0, firstFrame: 0 };
    Object.assign(globalThis, { sottoTimes: times });
    const now = (): number => performance.timeOrigin + performance.now();
    const seen = new WeakSet<HTMLVideoElement>();
    addEventListener(
      'click',
      () => {
        times.pressed = now();
      },
      { capture: true },
    );
    const look = (): void => {
      for (const video of document.querySelectorAll<HTMLVideoElement>('video[aria-label^="Picture of"]')) {
        if (seen.has(video)) continue;
        seen.add(video);
        video.requestVideoFrameCallback(() => {
          times.firstFrame ||= now();
        });
      }
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
  });
}

/** What the page has noted so far; zeros stand for what didn't happen. */
export async function readTimes(page: Page): Promise<Times> {
  return await page.evaluate(() => (globalThis as typeof globalThis & { sottoTimes: Times }).sottoTimes);
}

/** Waits until the page has shown a picture of somebody. */
export async function firstFrame(page: Page, timeout = 30_000): Promise<number> {
  await page.waitForFunction(
    () => (globalThis as typeof globalThis & { sottoTimes: Times }).sottoTimes.firstFrame > 0,
    undefined,
    { timeout, polling: 50 },
  );
  return (await readTimes(page)).firstFrame;
}
