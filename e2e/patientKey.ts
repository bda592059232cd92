import type { Page } from '@playwright/test';
import { expect } from './fixtures.ts';

/** The clinician sees the patient's number, and signs when it is the same. @param page of the visit */
export async function confirmKey(page: Page, number: string): Promise<void> {
  await page.getByRole('button', { name: 'Compare and confirm' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.locator('[data-check-code]')).toHaveAttribute('data-check-code', number);
  await dialog.getByRole('button', { name: 'It is the same: sign' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByText('Your patient can open their own notes from now on.')).toBeVisible();
}
