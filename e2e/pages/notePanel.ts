import type { Locator, Page } from '@playwright/test';
import type { Marked } from '../marker.ts';

/** The note beside a visit, or after it. */
export class NotePanel {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get text(): Locator {
    return this.page.getByRole('textbox', { name: 'Note for this visit' });
  }

  async write(text: Marked): Promise<void> {
    await this.text.fill(text);
  }

  get saveButton(): Locator {
    return this.page.getByRole('button', { name: 'Sign and save' });
  }

  get againButton(): Locator {
    return this.page.getByRole('button', { name: 'Try again' });
  }

  get saved(): Locator {
    return this.page.getByText('Signed, sealed and saved');
  }
}
