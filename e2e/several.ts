import type { BrowserContext, Page } from '@playwright/test';
import { AudioReader } from './clip/audioReader.ts';
import { expect } from './fixtures.ts';
import type { CallView } from './pages/callView.ts';

/** Somebody in a visit of several. */
export interface Participant {
  readonly name: string;
  readonly view: CallView;
}

/** Everybody sees everybody else's picture. */
export async function allSeeAll(people: readonly Participant[]): Promise<void> {
  for (const { view, name } of people) {
    for (const other of people) {
      if (other.name === name) continue;
      const video = view.remoteVideo(other.name);
      await expect(video, `${name} sees ${other.name}`).toBeVisible({ timeout: 45_000 });
      await expect
        .poll(() => video.evaluate((element: HTMLVideoElement) => element.videoWidth), { timeout: 45_000 })
        .toBeGreaterThan(0);
    }
  }
}

/** The sound of so many others arrives and isn't silence. */
export async function hears(view: CallView, others: number): Promise<void> {
  await expect(view.remoteSound).toHaveCount(others, { timeout: 45_000 });
  for (let index = 0; index < others; index += 1) {
    await using reader = await AudioReader.start(view.remoteSound.nth(index));
    await expect.poll(async () => (await reader.take()).loud, { timeout: 20_000 }).toBeGreaterThan(0.01);
  }
}

/** Whom a page shows as being in the visit. */
export async function namesShown(view: CallView): Promise<readonly string[]> {
  const names = await view.page.getByRole('article').evaluateAll((tiles) => tiles.map((tile) => tile.ariaLabel ?? ''));
  return names.sort();
}

/** A picture goes on moving. */
export async function movesOn(view: CallView, name: string): Promise<void> {
  const video = view.remoteVideo(name);
  const frames = () =>
    video.evaluate((element: HTMLVideoElement) => element.getVideoPlaybackQuality().totalVideoFrames);
  const before = await frames();
  await expect.poll(frames, { timeout: 10_000 }).toBeGreaterThan(before + 5);
}

/** Another phone in the same browser as a page's: the same camera, and nothing else in common. */
export async function anotherPhone(page: Page, web: URL): Promise<BrowserContext> {
  const browser = page.context().browser();
  if (!browser) throw new Error('a context without a browser');
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 390, height: 780 } });
  await context.grantPermissions(['camera', 'microphone'], { origin: web.origin });
  return context;
}
