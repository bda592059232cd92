import { expect, type Locator, type Page } from '@playwright/test';

/** The access log, as staff or a patient reads it. */
export class AccessLogPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async open(web: URL, fragment = ''): Promise<void> {
    await this.page.goto(new URL(`/en/access-log/${fragment}`, web).href);
    await this.page.reload();
    await expect(this.entries.first()).toBeVisible();
  }

  get entries(): Locator {
    return this.page.getByRole('list', { name: 'Entries' }).locator(':scope > li');
  }

  entry(...words: string[]): Locator {
    return words.reduce((found, hasText) => found.filter({ hasText }), this.entries);
  }

  /** What the browser found of all of them. */
  get sum(): Locator {
    return this.page.getByText(/checked, all in order$/u);
  }
}
