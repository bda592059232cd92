import type { Locator, Page } from '@playwright/test';

/** The note beside a visit, or after it. */
export class NotePanel {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get text(): Locator {
    return this.page.getByRole('textbox', { name: 'Note for this visit' });
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
