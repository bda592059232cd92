import { expect, type Locator, type Page } from '@playwright/test';

/** One's own passkeys; for officers also who waits. */
export class PasskeysPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async open(web: URL): Promise<void> {
    await this.page.goto(new URL('/en/passkeys/', web).href);
    await expect(this.createButton).toBeVisible();
  }

  get createButton(): Locator {
    return this.page.getByRole('button', { name: 'Make a passkey' });
  }

  get own(): Locator {
    return this.page
      .getByRole('listitem')
      .filter({ has: this.page.getByRole('heading', { name: /^Passkey ending/u }) });
  }

  /** Makes one. @returns the number that is compared */
  async create(licence?: string): Promise<string> {
    if (licence !== undefined) await this.page.getByRole('textbox', { name: /^Licence number/u }).fill(licence);
    await this.createButton.click();
    return await this.codeIn(this.own.filter({ hasText: 'Waits for confirmation' }));
  }

  async codeIn(place: Locator): Promise<string> {
    const code = place.locator('[data-check-code]');
    await expect(code).toHaveAttribute('data-check-code', /^\d{4}(-\d{4}){4}$/u);
    return (await code.getAttribute('data-check-code')) ?? '';
  }

  /** Who waits, as an officer sees it. */
  waiting(name: string): Locator {
    return this.page.getByRole('region', { name: 'Waiting for you' }).getByRole('listitem').filter({ hasText: name });
  }

  enrolled(name: string): Locator {
    return this.page
      .getByRole('region', { name: "Everyone's passkeys" })
      .getByRole('listitem')
      .filter({ hasText: name });
  }

  /** Compares the number with the one that the person reads out, and signs. */
  async approve(name: string, code: string): Promise<void> {
    await this.page.getByRole('button', { name: `Compare and confirm: ${name}` }).click();
    const dialog = this.page.getByRole('dialog');
    expect(await this.codeIn(dialog)).toBe(code);
    await dialog.getByRole('button', { name: 'It is the same: sign' }).click();
    await expect(dialog).toHaveCount(0);
  }
}
