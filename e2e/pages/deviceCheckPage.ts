import type { Locator, Page } from '@playwright/test';
import { CallView } from './callView.ts';

/** Camera, microphone and speaker, before a visit. */
export class DeviceCheckPage {
  readonly page: Page;
  readonly #action: string;

  /** @param action the word on the button that goes on */
  constructor(page: Page, action: string) {
    this.page = page;
    this.#action = action;
  }

  get preview(): Locator {
    return this.page.getByLabel('Your picture');
  }

  get continueButton(): Locator {
    return this.page.getByRole('button', { name: this.#action });
  }

  /** Turns the devices on where the browser hasn't been asked before, and goes on. */
  async enter(): Promise<CallView> {
    const turnOn = this.page.getByRole('button', { name: 'Turn on camera and microphone' });
    await turnOn.or(this.continueButton).first().waitFor();
    if (await turnOn.isVisible()) await turnOn.click();
    await this.continueButton.click();
    return new CallView(this.page);
  }
}
