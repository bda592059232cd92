import type { Locator, Page } from '@playwright/test';

/** The clinic's staff and their roles. */
export class PeoplePage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  person(name: string): Locator {
    return this.page.getByRole('listitem', { name, exact: true });
  }

  role(name: string, role: string): Locator {
    return this.person(name)
      .getByRole('listitem')
      .filter({ has: this.page.getByText(role, { exact: true }) });
  }

  giveButton(name: string): Locator {
    return this.page.getByRole('button', { name: `Give a role to ${name}` });
  }

  letGoButton(name: string): Locator {
    return this.page.getByRole('button', { name: `Let go: ${name}` });
  }

  helpButton(name: string): Locator {
    return this.page.getByRole('button', { name: `Help to sign in: ${name}` });
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog').or(this.page.getByRole('alertdialog'));
  }

  get submitGive(): Locator {
    return this.dialog.getByRole('button', { name: 'Give role' });
  }

  get answer(): Locator {
    return this.page.getByRole('status').filter({ hasText: /^(?:Yes|No), /u });
  }

  /** Asks who may do what; by words of the page. */
  async ask({ person, what, of }: { person: string; what: string; of: string }): Promise<void> {
    await this.page.getByLabel('Person', { exact: true }).selectOption({ label: person });
    await this.page.getByLabel('What', { exact: true }).selectOption({ label: what });
    await this.page.getByLabel('Of whom').selectOption({ label: of });
    await this.page.getByRole('button', { name: 'Ask', exact: true }).click();
  }
}
