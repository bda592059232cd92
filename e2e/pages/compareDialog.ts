import type { Locator, Page } from '@playwright/test';

/** The dialog in which a code is compared. */
export class CompareDialog {
  readonly page: Page;
  readonly dialog: Locator;

  constructor(page: Page) {
    this.page = page;
    this.dialog = page.getByRole('alertdialog', { name: 'Compare codes' });
  }

  get shield(): Locator {
    return this.page.getByRole('banner').getByRole('button');
  }

  get same(): Locator {
    return this.dialog.getByRole('button', { name: 'They are the same' });
  }

  get different(): Locator {
    return this.dialog.getByRole('button', { name: 'They are different' });
  }

  get pictures(): Locator {
    return this.dialog.getByRole('list', { name: 'Your pictures' }).getByRole('listitem');
  }

  get wish(): Locator {
    return this.page.getByText('wants to compare codes');
  }

  async start(): Promise<void> {
    await this.shield.click();
    await this.page.getByRole('button', { name: /^Compare (again )?with the other person/u }).click();
  }

  /** What somebody else has asked for. */
  async answer(): Promise<void> {
    await this.page.getByRole('button', { name: 'See the code' }).click();
  }

  /** The names of the pictures, and the numbers without spaces. */
  async code(): Promise<{ pictures: string[]; digits: string }> {
    const numbers = this.dialog.getByRole('list', { name: 'Your numbers' }).getByRole('listitem');
    if (!(await numbers.first().isVisible())) await this.dialog.getByText('Show numbers').click();
    const pictures = await this.pictures.locator('span:not([aria-hidden])').allTextContents();
    const digits = await numbers.locator('span[aria-hidden]').allTextContents();
    return { pictures, digits: digits.join('') };
  }
}
