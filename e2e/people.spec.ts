import type { Browser, Page } from '@playwright/test';
import { expectAccessible } from './accessible.ts';
import { expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { meet } from './meeting.ts';
import { PeoplePage } from './pages/peoplePage.ts';
import { SignInPage } from './pages/signInPage.ts';
import type { RunningSystem } from './system/runningSystem.ts';

// The physician is let go here, and their links with them.
test.use({ ownSystem: 'people' });

async function signInAs(page: Page, system: RunningSystem, email: string): Promise<void> {
  const signIn = new SignInPage(page);
  await signIn.open(system.web);
  await signIn.signIn(email, system.physician.password);
  await page.waitForURL(/\/(today|access-log|people)\/$/u);
}

test('an administrator gives a role with limits, is told of mistakes at the field, and ends it', async ({
  physicianPage: page,
  system,
}) => {
  await signInAs(page, system, system.admin.email);
  await expect(page).toHaveURL(/\/people\/$/u);
  const people = new PeoplePage(page);
  const { name } = system.colleague;
  await expectAccessible(page, 'the people');
  await expect(people.person(system.admin.name).getByText('You', { exact: true })).toBeVisible();
  await expect(people.giveButton(system.admin.name)).toHaveCount(0);

  await people.giveButton(name).click();
  await page.getByLabel('Role', { exact: true }).selectOption({ label: 'Nurse' });
  await page.getByLabel('Only from this network').fill('10.0.0.5/8');
  await page.getByText('Only at certain hours').click();
  await page.getByLabel('To', { exact: true }).fill('08:00');
  await people.submitGive.click();
  await expect(people.dialog.getByText('Write the network by its first address')).toBeVisible();
  await expect(people.dialog.getByText('The end is the same as the beginning.')).toBeVisible();
  await expectAccessible(page, 'the dialog for a role with what is wrong');
  await page.getByLabel('Only from this network').fill('10.0.0.0/8');
  await page.getByLabel('To', { exact: true }).fill('18:00');
  // By keyboard alone from here.
  await page.getByRole('checkbox', { name: 'Friday' }).focus();
  await page.keyboard.press('Space');
  await people.submitGive.focus();
  await page.keyboard.press('Enter');
  await expect(people.dialog).toBeHidden();
  const nurse = people.role(name, 'Nurse');
  await expect(nurse).toContainText('Mon–Thu, 08:00 to 18:00 · only from 10.0.0.0/8');
  await expect(nurse).toContainText('what Clinician lets them do too isn’t limited');

  await nurse.getByRole('button', { name: 'End the role Nurse' }).click();
  await people.dialog.getByRole('button', { name: 'End role' }).click();
  await expect(nurse).toBeHidden();
  await people
    .person(name)
    .getByText(/^\d+ ended roles?$/u)
    .click();
  await expect(people.person(name).getByText(/^Nurse: /u)).toBeVisible();

  await people.role(system.admin.name, 'Administrator').getByRole('button').click();
  await people.dialog.getByRole('button', { name: 'End role' }).click();
  await expect(people.dialog.getByText('The clinic keeps one administrator')).toBeVisible();
  await people.dialog.getByRole('button', { name: 'Keep it' }).click();
});

test('who may do what is answered with the rules that decide it', async ({ physicianPage: page, system }) => {
  await signInAs(page, system, system.admin.email);
  const people = new PeoplePage(page);
  await people.ask({ person: system.colleague.name, what: 'Open a note', of: 'Of a patient in their care' });
  await expect(people.answer).toContainText(`Yes, ${system.colleague.name} may.`);
  await expect(people.answer).toContainText('open the records of patients in their care');
  await people.ask({ person: system.colleague.name, what: 'Open a note', of: 'Of somebody else' });
  await expect(people.answer).toContainText(`No, ${system.colleague.name} may not.`);
  await expect(people.answer).toContainText('As Clinician: no rule lets them.');
  await people.ask({ person: system.admin.name, what: 'Give a role', of: 'Their own' });
  await expect(people.answer).toContainText('Nobody gives a role to themselves.');
  await expectAccessible(page, 'the answer to who may do what');
});

test('a privacy officer looks and asks, and changes nothing; a physician has no such page', async ({
  physicianPage: page,
  patientPage: other,
  system,
}) => {
  const [officer] = system.officers;
  await signInAs(page, system, officer?.email ?? '');
  await page.getByRole('link', { name: 'People', exact: true }).click();
  const people = new PeoplePage(page);
  await expect(people.person(system.physician.name)).toBeVisible();
  await expect(page.getByText('Administrators change them.')).toBeVisible();
  await expect(people.giveButton(system.physician.name)).toHaveCount(0);
  await signInAs(other, system, system.physician.email);
  await expect(other.getByRole('link', { name: 'People', exact: true })).toHaveCount(0);
  await other.goto(new URL('/en/people/', system.web).href);
  await expect(other.getByText('This page is for administrators.')).toBeVisible();
});

test('who is let go is out of a live visit at once, and may be let in again', async ({
  physicianPage,
  patientPage,
  physicianBrowser,
  system,
}) => {
  test.setTimeout(240_000);
  const { patient, physicianName } = await meet({ physicianPage, patientPage, system }, marked('Ulla Brandt'));
  const context = await physicianBrowser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  try {
    await signInAs(page, system, system.admin.email);
    const people = new PeoplePage(page);
    await people.letGoButton(system.physician.name).click();
    await expectAccessible(page, 'the question before somebody is let go');
    await people.dialog.getByRole('button', { name: 'Let go' }).click();
    await expect(people.dialog.getByText('is signed out for good')).toBeVisible();
    const since = Date.now();
    await expect(patient.remoteVideo(physicianName)).toHaveCount(0);
    // The socket is gone within two (apps/signaling, apps/api); the rest is the patient's browser.
    expect(Date.now() - since).toBeLessThan(5_000);
    await expect(people.dialog.getByText('No passkey of theirs counts any more.')).toBeVisible();
    await expect(people.dialog.getByText(/ahead: somebody else has to take/u)).toBeVisible();
    await expectAccessible(page, 'what somebody left open');
    await people.dialog.getByRole('button', { name: 'Close' }).last().click();
    const person = people.person(system.physician.name);
    await expect(person.getByText('Account disabled')).toBeVisible();

    await person.getByRole('button', { name: /^Left open/u }).click();
    await people.dialog.getByRole('button', { name: 'Let in again' }).click();
    await expect(person.getByText('Holds no role')).toBeVisible();
    // As it was, for whoever comes after.
    await people.giveButton(system.physician.name).click();
    await page.getByLabel('Role', { exact: true }).selectOption({ label: 'Clinician' });
    await people.submitGive.click();
    await expect(people.role(system.physician.name, 'Clinician')).toBeVisible();
  } finally {
    await context.close();
  }
});

test('somebody is invited by mail, chooses a password, and works with the role', async ({
  physicianPage: page,
  patientPage: newcomer,
  physicianBrowser,
  system,
}) => {
  const email = 'noor.haddad@clinic.example';
  await signInAs(page, system, system.admin.email);
  const people = new PeoplePage(page);
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await people.dialog.getByLabel('Name').fill('Noor Haddad');
  await people.dialog.getByLabel('Email').fill(email);
  await people.dialog.getByLabel('Role').selectOption({ label: 'Nurse' });
  await expectAccessible(page, 'the dialog for an invitation');
  await people.dialog.getByRole('button', { name: 'Send invitation' }).click();
  await expect(people.dialog.getByText('The invitation is on its way')).toBeVisible();
  await people.dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect(page.getByRole('listitem', { name: 'Noor Haddad' })).toBeVisible();

  const link = await outboxLink(physicianBrowser, system, email, 'account');
  await newcomer.goto(link);
  await expect(newcomer.getByRole('heading', { name: 'Welcome, Noor Haddad' })).toBeVisible();
  await newcomer.getByLabel('Password', { exact: true }).fill('short');
  await newcomer.getByLabel('Password once more').fill('short');
  await newcomer.getByRole('button', { name: 'Begin' }).click();
  await expect(newcomer.getByText('This is too short')).toBeVisible();
  await expectAccessible(newcomer, 'the page of a new account');
  await newcomer.getByLabel('Password', { exact: true }).fill(system.physician.password);
  await newcomer.getByLabel('Password once more').fill(system.physician.password);
  await newcomer.keyboard.press('Enter');
  await expect(newcomer.getByRole('heading', { name: 'Your account is ready' })).toBeVisible();
  await newcomer.reload();
  await expect(newcomer.getByRole('heading', { name: 'This link doesn’t work any more' })).toBeVisible();
  await signInAs(newcomer, system, email);
  await expect(newcomer.getByRole('link', { name: 'Access log' })).toBeVisible();
  await page.reload();
  await expect(people.role('Noor Haddad', 'Nurse')).toBeVisible();
});

test('who forgot their password gets a link by mail, chooses another, and is signed out everywhere', async ({
  physicianPage: page,
  patientPage: other,
  physicianBrowser,
  system,
}) => {
  const { name, email } = system.colleague;
  // The same as before: other tests sign in with it.
  const { password } = system.physician;
  await signInAs(other, system, email);
  await signInAs(page, system, system.admin.email);
  const people = new PeoplePage(page);
  await people.helpButton(name).click();
  await expect(people.dialog.getByText('First make sure that it is really them')).toBeVisible();
  await expectAccessible(page, 'helping somebody to sign in');
  await people.dialog.getByLabel('Language of the mail').selectOption({ label: 'English' });
  await people.dialog.getByRole('button', { name: 'Send the link' }).click();
  await expect(people.dialog.getByText('The link is on its way')).toBeVisible();
  await people.dialog.getByRole('button', { name: 'Close' }).last().click();

  const context = await physicianBrowser.newContext({ locale: 'en-GB' });
  const phone = await context.newPage();
  try {
    await phone.goto(await outboxLink(physicianBrowser, system, email, 'new-password'));
    await expect(phone.getByRole('heading', { name: `A new password, ${name}` })).toBeVisible();
    await phone.getByLabel('New password', { exact: true }).fill(password);
    await phone.getByLabel('New password once more').fill(`${password}!`);
    await phone.getByRole('button', { name: 'Save password' }).click();
    await expectAccessible(phone, 'choosing a new password');
    await phone.getByLabel('New password once more').fill(password);
    await phone.keyboard.press('Enter');
    await expect(phone.getByRole('heading', { name: 'Your password was changed' })).toBeVisible();
    await phone.reload();
    await expect(phone.getByRole('heading', { name: 'This link doesn’t work any more' })).toBeVisible();
    expect(await other.evaluate(async () => (await fetch('/api/session')).status)).toBe(401);
    await signInAs(phone, system, email);
  } finally {
    await context.close();
  }
});

/** The link of the mail to an address, as the outbox shows it to an officer. */
async function outboxLink(
  browser: Browser,
  system: RunningSystem,
  email: string,
  to: 'account' | 'new-password',
): Promise<string> {
  const context = await browser.newContext({ locale: 'en-GB' });
  try {
    const page = await context.newPage();
    await signInAs(page, system, system.officers[0]?.email ?? '');
    await page.goto(new URL('/en/outbox/', system.web).href);
    const mail = page.getByRole('listitem').filter({ hasText: email });
    const text = await mail.filter({ hasText: `/${to}/#` }).innerText();
    return new RegExp(`https:\\S+/${to}/#\\S+`, 'u').exec(text)?.[0] ?? '';
  } finally {
    await context.close();
  }
}
