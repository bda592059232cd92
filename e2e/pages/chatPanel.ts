import type { Locator, Page } from '@playwright/test';
import type { Marked } from '../marker.ts';

/** The chat beside a visit. */
export class ChatPanel {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get opener(): Locator {
    return this.page.getByLabel('Controls', { exact: true }).getByRole('button', { name: /^Chat/u });
  }

  get panel(): Locator {
    return this.page.getByRole('region', { name: 'Chat' });
  }

  get field(): Locator {
    return this.panel.getByRole('textbox', { name: 'Your message' });
  }

  get sendButton(): Locator {
    return this.panel.getByRole('button', { name: 'Send', exact: true });
  }

  get messages(): Locator {
    return this.panel.getByRole('log', { name: 'Messages' }).getByRole('listitem');
  }

  /** The line with this text. */
  message(text: string): Locator {
    return this.messages.filter({ hasText: text });
  }

  async open(): Promise<void> {
    await this.opener.click();
    await this.field.waitFor();
  }

  async close(): Promise<void> {
    await this.panel.getByRole('button', { name: 'Close the chat' }).click();
  }

  async say(text: Marked): Promise<void> {
    await this.field.fill(text);
    await this.field.press('Enter');
  }
}
