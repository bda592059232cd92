import type { Locator, Page } from '@playwright/test';
import { typeBirthDate, usualBirthDate } from './birthDate.ts';
import { DeviceCheckPage } from './deviceCheckPage.ts';

/** What a patient sees behind the invitation link. */
export class JoinPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens a link and says the patient's date of birth, where it is asked. */
  async open(link: string, birthDate: string = usualBirthDate): Promise<void> {
    await this.page.goto(link);
    await this.page.getByRole('heading', { level: 1 }).first().waitFor();
    if (await this.askedBirthDate.isVisible()) await this.tellBirthDate(birthDate);
  }

  get welcome(): Locator {
    return this.page.getByRole('heading', { name: /invites you to a video visit$/u });
  }

  get askedBirthDate(): Locator {
    return this.page.getByRole('heading', { name: 'When were you born?' });
  }

  get wrongBirthDate(): Locator {
    return this.page.getByText("That isn't the date that your clinic has");
  }

  /** @param date `1954-03-09` */
  async tellBirthDate(date: string): Promise<void> {
    await typeBirthDate(this.page.getByRole('group', { name: 'Your date of birth' }), date);
    const answered = this.page.waitForResponse((response) => response.url().endsWith('/api/join'));
    await this.page.getByRole('button', { name: 'Continue' }).click();
    await answered;
  }

  get lockedLink(): Locator {
    return this.page.getByRole('heading', { name: 'This link is locked now' });
  }

  get deadLink(): Locator {
    return this.page.getByRole('heading', { name: "This link doesn't work any more" });
  }

  get over(): Locator {
    return this.page.getByRole('heading', { name: 'This visit is over' });
  }

  get waitingRoom(): Locator {
    return this.page.getByRole('heading', { name: "You're in the waiting room" });
  }

  /** "Yes, that's me": on to the device check. */
  async confirm(): Promise<DeviceCheckPage> {
    await this.page.getByRole('button', { name: "Yes, that's me" }).click();
    return new DeviceCheckPage(this.page, 'Go to the waiting room');
  }
}
