import type { Locator, Page } from '@playwright/test';

/** A visit from the inside, for either side. */
export class CallView {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get controls(): Locator {
    return this.page.getByLabel('Controls', { exact: true });
  }

  /** The moving picture of the other person. */
  remoteVideo(name: string): Locator {
    return this.page.getByLabel(`Picture of ${name}`, { exact: true });
  }

  /** Plays the other person's sound; it has no picture and so no name. */
  get remoteSound(): Locator {
    return this.page.locator('audio');
  }

  get selfView(): Locator {
    return this.page.getByLabel('Your picture', { exact: true });
  }

  tile(name: string): Locator {
    return this.page.getByRole('article', { name });
  }

  /** That it is encrypted, whoever vouches for the clinician, and that nobody compared anything yet. */
  get encrypted(): Locator {
    return this.page.getByText(
      /^(Encrypted, (not yet compared|only the server vouches)|Clinician confirmed, not compared)$/u,
    );
  }

  /** What is claimed of the visit's privacy; a press says more. */
  get shield(): Locator {
    return this.page.locator('header').getByRole('button');
  }

  /** @param name words that the button's name begins with */
  control(name: string): Locator {
    return this.controls.getByRole('button', { name: new RegExp(`^${name}`, 'u') });
  }

  admitButton(name: string): Locator {
    return this.page.getByRole('button', { name: `Admit ${name}` });
  }

  declineButton(name: string): Locator {
    return this.page.getByRole('button', { name: `Decline ${name}` });
  }

  /** Leaves; a physician is asked whether for everyone. */
  async leave(): Promise<void> {
    await this.control('Leave').click();
  }

  async endForEveryone(): Promise<void> {
    await this.leave();
    await this.page.getByRole('button', { name: 'End for everyone' }).click();
  }

  async leaveOthersIn(): Promise<void> {
    await this.leave();
    await this.page.getByRole('button', { name: 'Leave, the others stay' }).click();
  }

  heading(text: string | RegExp): Locator {
    return this.page.getByRole('heading', { name: text });
  }
}
