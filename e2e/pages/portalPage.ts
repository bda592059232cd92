import { expect, type Locator, type Page } from '@playwright/test';

/** A patient's own page: notes and keys. */
export class PortalPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async open(web: URL): Promise<void> {
    await this.page.goto(new URL('/en/portal/', web).href);
    await expect(this.page.getByRole('heading', { name: 'Your record' })).toBeVisible();
    await expect(this.page.getByRole('heading', { name: 'Your keys' })).toBeVisible();
  }

  /** Without a session: what is there is the way in. */
  async openSignedOut(web: URL): Promise<void> {
    await this.page.goto(new URL('/en/portal/', web).href);
    await expect(this.page.getByRole('heading', { name: 'Sign in with your key' })).toBeVisible();
  }

  get signInByPasskey(): Locator {
    return this.page.getByRole('button', { name: 'Sign in with your passkey' });
  }

  async signInByCode(typed: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Use your recovery code' }).click();
    const field = this.page.getByRole('dialog').getByRole('textbox', { name: 'Recovery code' });
    await field.fill(typed);
    await field.press('Enter');
  }

  get passkeyButton(): Locator {
    return this.page.getByRole('button', { name: 'Set up a passkey' });
  }

  get codeButton(): Locator {
    return this.page.getByRole('button', { name: 'Make a recovery code' });
  }

  get text(): Locator {
    return this.page.locator('[data-note-text]');
  }

  key(name: string | RegExp): Locator {
    return this.page.getByRole('list', { name: 'Your keys' }).getByRole('listitem').filter({ hasText: name });
  }

  /** The number that the clinician compares. */
  async number(): Promise<string> {
    const code = this.page.locator('[data-check-code]');
    await expect(code).toHaveAttribute('data-check-code', /^\d{4}(-\d{4}){4}$/u);
    return (await code.getAttribute('data-check-code')) ?? '';
  }

  /** The groups of the code that is shown. */
  async groups(): Promise<string[]> {
    await expect(this.page.locator('[data-code-group]')).toHaveCount(4);
    const groups = await this.page.locator('[data-code-group]').allTextContents();
    return groups.map((text) => text.slice(1));
  }

  /** Reads back from paper what is asked for. */
  async readBack(groups: readonly string[]): Promise<void> {
    await this.page.getByRole('button', { name: 'I have written it down' }).click();
    const field = this.page.getByRole('textbox', { name: /^Group \d of your code$/u });
    const label = await field.evaluate((input: HTMLInputElement) => input.labels?.[0]?.textContent ?? '');
    await field.fill((groups[Number(/\d/u.exec(label)?.[0]) - 1] ?? '').toLowerCase());
    await this.page.getByRole('button', { name: 'Check and go on' }).click();
  }
}
