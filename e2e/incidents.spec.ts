import { expectAccessible } from './accessible.ts';
import { expect, test } from './fixtures.ts';
import { SignInPage } from './pages/signInPage.ts';

test('an administrator opens an incident and follows the plan by its clocks; a physician sees none', async ({
  physicianPage: page,
  patientPage: phone,
  system,
}) => {
  const signIn = new SignInPage(page);
  await signIn.open(system.web);
  await signIn.signIn(system.admin.email, system.physician.password);
  await page.waitForURL(/\/people\/$/u);
  await page.getByRole('link', { name: 'Incidents' }).click();
  await expect(page.getByText('Nobody is held up')).toBeVisible();
  await expect(page.getByText('No incidents')).toBeVisible();
  await page.getByRole('button', { name: 'Open an incident' }).click();
  await expectAccessible(page, 'the question what an incident is about');
  await page.getByRole('dialog').getByRole('button', { name: 'Open it' }).click();
  const incident = page.getByRole('listitem', { name: 'No account in particular' });
  await expect(incident.getByText('Needs you now')).toBeVisible();
  await expect(incident.getByText(/^1[45] minutes left$/u)).toBeVisible();
  await expectAccessible(page, 'the incidents');
  await incident.getByRole('button', { name: 'Done: Hold up openings' }).click();
  await expect(incident.getByText(new RegExp(`^By ${system.admin.name}`, 'u'))).toBeVisible();
  await page.getByRole('button', { name: 'Stop all openings' }).click();
  await expect(page.getByRole('alertdialog')).toContainText("patients can't open their own");
  await expectAccessible(page, 'the question before all openings are stopped');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await incident.getByRole('button', { name: 'Done: Close the incident' }).click();
  await expect(incident.getByText('Closed', { exact: true })).toBeVisible();
  await expect(incident.getByRole('button')).toHaveCount(0);
  await page.getByRole('button', { name: 'Open an incident' }).click();
  await page.getByLabel('About', { exact: true }).selectOption({ label: `${system.admin.name} (${system.admin.email})` });
  await page.getByRole('dialog').getByRole('button', { name: 'Open it' }).click();
  const own = page.getByRole('listitem', { name: system.admin.name });
  await expect(own.getByRole('button', { name: 'Hold up this account' })).toBeVisible();
  // Nobody disables themselves.
  await expect(own.getByRole('button', { name: 'Disable this account' })).toHaveCount(0);

  const other = new SignInPage(phone);
  await other.open(system.web);
  await other.signIn(system.physician.email, system.physician.password);
  await phone.waitForURL(/\/today\/$/u);
  await phone.goto(new URL('/en/incidents/', system.web).href);
  await expect(phone.getByText('Privacy officers and administrators see this page.')).toBeVisible();
});
