import { expect, type Locator, type Page } from '@playwright/test';

/** One recording in a list, and its player. */
export class RecordingCard {
  readonly root: Locator;

  constructor(page: Page) {
    this.root = page.locator('[data-recording]').first();
  }

  button(name: string): Locator {
    return this.root.getByRole('button', { name, exact: true });
  }

  get tiles(): Locator {
    return this.root.locator('figure');
  }

  get alert(): Locator {
    return this.root.getByRole('alert').filter({ hasText: /./u });
  }

  async open(): Promise<void> {
    await this.button('Open with your passkey').click();
    await expect(this.tiles.first()).toBeVisible({ timeout: 30_000 });
  }

  /** @param place seconds */
  async seek(place: number): Promise<void> {
    await this.root.getByRole('slider', { name: 'Place in the recording' }).fill(String(place));
  }

  /** Seconds between the players of the first two, while they play. */
  async apart(): Promise<number> {
    return await this.root.locator('video').evaluateAll(([first, second]) => {
      const players = [first, second].filter((one) => one instanceof HTMLVideoElement);
      const [one, other] = players;
      if (!one || !other || one.paused || other.paused) return Number.POSITIVE_INFINITY;
      return Math.abs(one.currentTime - other.currentTime);
    });
  }
}
