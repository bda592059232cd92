import { readFile } from 'node:fs/promises';
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

  /** What somebody did, by what the page calls them. */
  entryBy(actor: string, ...words: string[]): Locator {
    return this.entry(...words).filter({ has: this.page.getByText(actor, { exact: true }) });
  }

  /** Opens what narrows the list down and saves it. */
  async openTools(): Promise<void> {
    await this.page.getByText('Find and save').click();
    await expect(this.page.getByRole('button', { name: 'Save as a table (CSV)' })).toBeVisible();
  }

  /** What a press on a button saves: the file's name and text. */
  async save(button: string): Promise<{ name: string; text: string }> {
    const [download] = await Promise.all([
      this.page.waitForEvent('download'),
      this.page.getByRole('button', { name: button }).click(),
    ]);
    return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
  }

  /** What the browser found of all of them. */
  get sum(): Locator {
    return this.page.getByText(/checked, all in order$/u);
  }
}
