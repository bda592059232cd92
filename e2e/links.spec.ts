import { randomBytes } from 'node:crypto';
import { expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { signIn } from './meeting.ts';
import { JoinPage } from './pages/joinPage.ts';
import { ClinicClient } from './system/clinicClient.ts';

const jonas = marked('Jonas Petit');
const karin = marked('Karin Vogt');

test('a link that was turned off opens nothing', async ({ physicianPage, patientPage, system }) => {
  const today = await signIn(physicianPage, system);
  const link = await today.createVisit(jonas);
  const join = new JoinPage(patientPage);
  await join.open(link);
  await expect(join.welcome).toBeVisible();
  await today.revokeLinkOf(jonas);
  await patientPage.context().clearCookies();
  await patientPage.goto('about:blank');
  await join.open(link);
  await expect(join.deadLink).toBeVisible();
});

test('a link that was turned off ends the session that it opened', async ({ physicianPage, patientPage, system }) => {
  const today = await signIn(physicianPage, system);
  const link = await today.createVisit(karin);
  const join = new JoinPage(patientPage);
  await join.open(link);
  await expect(join.welcome).toBeVisible();
  await today.revokeLinkOf(karin);
  await patientPage.reload();
  await expect(join.welcome).toHaveCount(0);
  await expect(patientPage.getByRole('heading')).toHaveText(/doesn't work any more|open your link again/u);
});

test('a link that has expired opens nothing, and ends the session that it opened', async ({ patientPage, system }) => {
  const staff = new ClinicClient(system);
  await staff.signIn();
  // A link works until a day after the visit's start: that is in a moment.
  const expiresAt = Date.now() + 15_000;
  const { link } = await staff.createVisit(marked('Leo Brandt'), new Date(expiresAt - 24 * 3600_000));
  const join = new JoinPage(patientPage);
  await join.open(link);
  await expect(join.welcome).toBeVisible();
  expect(Date.now()).toBeLessThan(expiresAt);
  await patientPage.waitForTimeout(expiresAt + 1_000 - Date.now());
  await patientPage.reload();
  await expect(patientPage.getByRole('heading')).toHaveText(/doesn't work any more|open your link again/u);
  await patientPage.context().clearCookies();
  await patientPage.goto('about:blank');
  await join.open(link);
  await expect(join.deadLink).toBeVisible();
});

test('a made-up link opens nothing', async ({ patientPage, system }) => {
  const join = new JoinPage(patientPage);
  for (const secret of [randomBytes(32).toString('base64url'), 'short', '%00', `${'A'.repeat(43)}B`]) {
    await patientPage.goto('about:blank');
    await join.open(new URL(`/en/join/#${secret}`, system.web).href);
    await expect(join.welcome).toHaveCount(0);
    await expect(patientPage.getByRole('heading')).toHaveText(/doesn't work any more|open your link again/u);
  }
});

test('a wrong password is refused in the same words as an unknown person', async ({ physicianPage, system }) => {
  for (const email of [system.physician.email, 'nobody@clinic.example']) {
    await physicianPage.goto(new URL('/en/sign-in/', system.web).href);
    await physicianPage.getByRole('textbox', { name: 'Email' }).fill(email);
    await physicianPage.getByLabel('Password').fill('not the password');
    await physicianPage.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(physicianPage.getByText("That didn't match")).toBeVisible();
  }
});

test('the day is not shown to whoever has not signed in', async ({ physicianPage, system }) => {
  await physicianPage.goto(new URL('/en/today/', system.web).href);
  await expect(physicianPage).toHaveURL(/\/en\/sign-in\//u);
});
