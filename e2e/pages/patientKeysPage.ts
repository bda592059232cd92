import { expect, type Locator, type Page } from '@playwright/test';

/** Patients' keys, holds, restrictions and deletion: an officer's page. */
export class PatientKeysPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async open(web: URL, fragment = ''): Promise<void> {
    await this.page.goto(new URL(`/en/patient-keys/${fragment}`, web).href);
    await this.page.reload();
    await expect(this.page.getByRole('heading', { name: "Patients' keys", level: 1 })).toBeVisible();
  }

  get waiting(): Locator {
    return this.page.getByRole('region', { name: 'Patients who ask for a key' }).getByRole('listitem');
  }

  get holds(): Locator {
    return this.page.getByRole('region', { name: 'Legal holds' }).getByRole('listitem');
  }

  get restrictions(): Locator {
    return this.page.getByRole('region', { name: 'Restrictions' }).getByRole('listitem');
  }

  /** What is kept, and restricted by itself. */
  get restricted(): Locator {
    return this.patient.getByRole('list', { name: 'Sealed notes' }).getByText(/^Restricted .* by /u);
  }

  /** Of the first that is kept. */
  restriction(name: 'Restrict' | 'Lift the restriction'): Locator {
    return this.patient.getByRole('button', { name: new RegExp(`^${name}: `, 'u') }).first();
  }

  get patient(): Locator {
    return this.page.getByRole('region', { name: /^Patient /u });
  }

  get dialog(): Locator {
    return this.page.getByRole('alertdialog');
  }

  button(name: string): Locator {
    return this.patient.getByRole('button', { name });
  }

  /** Puts away the receipt of what was signed. */
  async closeReceipt(title: string): Promise<void> {
    const receipt = this.page.getByRole('dialog', { name: title });
    await receipt.getByRole('button', { name: 'Close' }).last().click();
    await expect(receipt).toHaveCount(0);
  }

  /** Signs what the dialog asks. @param second who signs besides */
  async sign(action: string, second?: string): Promise<void> {
    if (second !== undefined) await this.dialog.getByLabel('Second person').selectOption({ label: second });
    await this.dialog.getByRole('button', { name: action }).click();
    await expect(this.dialog).toHaveCount(0);
  }
}
