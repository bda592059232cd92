import { expect, type Locator, type Page } from '@playwright/test';
import type { Marked } from '../marker.ts';
import { typeBirthDate, usualBirthDate } from './birthDate.ts';
import { DeviceCheckPage } from './deviceCheckPage.ts';

/** The clinician's day. */
export class TodayPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get newVisitButton(): Locator {
    return this.page.getByRole('button', { name: 'New visit' }).first();
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog');
  }

  /**
   * Makes a visit that starts about now, and copies its invitation link.
   *
   * @param birthDate the patient's, `1954-03-09`
   * @param who it is, if somebody of that name and date of birth was here before
   */
  async createVisit(
    patientName: Marked,
    birthDate: string = usualBirthDate,
    who: 'same' | 'new' = 'new',
  ): Promise<string> {
    await this.typePatient(patientName, birthDate);
    const seen = this.dialog.locator('[data-state]');
    await expect(seen).toHaveAttribute('data-state', /^(?:none|found)$/u);
    if ((await seen.getAttribute('data-state')) === 'found') await this.sayWho(who);
    await this.page.getByRole('button', { name: 'Make the visit' }).click();
    await expect(this.page.getByRole('heading', { name: 'The visit is made' })).toBeVisible();
    return await this.copyLink();
  }

  /** Opens the dialog of a new visit, and says who comes. */
  async typePatient(patientName: Marked, birthDate: string): Promise<void> {
    await this.newVisitButton.click();
    await this.page.getByRole('textbox', { name: "Patient's name" }).fill(patientName);
    await typeBirthDate(this.page.getByRole('group', { name: 'Date of birth' }), birthDate);
  }

  /** Of somebody who was seen before. */
  async sayWho(who: 'same' | 'new'): Promise<void> {
    await this.dialog.getByRole('radio', { name: who === 'same' ? 'Same patient' : 'Somebody else' }).check();
  }

  /** Copies the link of a visit in the list. */
  async linkOf(patientName: string): Promise<string> {
    await this.openLinkOf(patientName);
    return await this.copyLink();
  }

  async openLinkOf(patientName: string): Promise<void> {
    await this.page.getByRole('button', { name: `Link for ${patientName}` }).click();
  }

  /** Makes a new link in place of one that doesn't work any more, and copies it. */
  async newLinkOf(patientName: string): Promise<string> {
    await this.openLinkOf(patientName);
    await this.page.getByRole('button', { name: 'Make a new link' }).click();
    return await this.copyLink();
  }

  /** Turns a visit's link off. */
  async revokeLinkOf(patientName: string): Promise<void> {
    await this.openLinkOf(patientName);
    await this.page.getByRole('button', { name: 'Turn the link off' }).click();
    await this.page.getByRole('button', { name: 'Turn it off' }).click();
    await expect(this.page.getByText('There is no working link')).toBeVisible();
    await this.#closeDialog();
  }

  /** Goes to a visit's own page, whether it has been started before or not. */
  async startVisit(patientName: string): Promise<DeviceCheckPage> {
    await this.page
      .getByRole('link', { name: new RegExp(`^(Start visit with|Go back in to the visit with) ${patientName}$`, 'u') })
      .click();
    return new DeviceCheckPage(this.page, 'Enter the visit');
  }

  /** Copies the link that the dialog shows, and closes it. */
  async copyLink(): Promise<string> {
    await this.page.getByRole('button', { name: 'Copy link' }).click();
    await expect(this.page.getByRole('button', { name: 'Copied' })).toBeVisible();
    const link = await this.page.evaluate(() => navigator.clipboard.readText());
    await this.#closeDialog();
    return link;
  }

  async #closeDialog(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Close' }).click();
    await expect(this.dialog).toHaveCount(0);
  }
}
