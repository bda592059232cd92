import { expect, type Locator, type Page } from '@playwright/test';

/** Sealed notes. */
export class RecordPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** @param address `visit=…` or `object=…` */
  async open(web: URL, address: string): Promise<void> {
    await this.page.goto(new URL(`/en/record/#${address}`, web).href);
    await this.page.reload();
    await expect(this.openButton.first()).toBeVisible();
  }

  get openButton(): Locator {
    return this.page.getByRole('button', { name: 'Open with your passkey' });
  }

  get text(): Locator {
    return this.page.locator('[data-note-text]');
  }

  get alert(): Locator {
    return this.page.getByRole('main').getByRole('alert').filter({ hasText: /./u });
  }
}
