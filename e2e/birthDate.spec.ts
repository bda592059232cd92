import { expectAccessible } from './accessible.ts';
import { expect, test } from './fixtures.ts';
import { marked, typedBirthDates } from './marker.ts';
import { signIn } from './meeting.ts';
import { JoinPage } from './pages/joinPage.ts';

const { own: birthDate, wrong } = typedBirthDates;
const otto = marked('Otto Lang');

test('a patient says their date of birth, and is not asked again in that browser', async ({
  physicianPage,
  patientPage,
  system,
}) => {
  const today = await signIn(physicianPage, system);
  const link = await today.createVisit(marked('Vera Anders'), birthDate);
  const join = new JoinPage(patientPage);
  await patientPage.goto(link);
  await expect(join.askedBirthDate).toBeVisible();
  await expectAccessible(patientPage, 'the date of birth');
  // Whose visit it is, nobody learns who doesn't know it.
  expect(await patientPage.content()).not.toMatch(/Vera|Anders/u);
  await join.tellBirthDate(wrong[0]);
  await expect(join.wrongBirthDate).toBeVisible();
  await join.tellBirthDate(birthDate);
  await expect(join.welcome).toBeVisible();
  await patientPage.reload();
  await expect(join.welcome).toBeVisible();
  await patientPage.goto('about:blank');
  await join.open(link);
  await expect(join.welcome).toBeVisible();
});

test('five wrong dates lock the link, and staff make a new one', async ({ physicianPage, patientPage, system }) => {
  const today = await signIn(physicianPage, system);
  const link = await today.createVisit(otto, birthDate);
  const join = new JoinPage(patientPage);
  await patientPage.goto(link);
  for (const date of wrong) await join.tellBirthDate(date);
  await expect(join.lockedLink).toBeVisible();
  await expectAccessible(patientPage, 'the link that is locked');
  await patientPage.goto('about:blank');
  await join.open(link);
  await expect(join.deadLink).toBeVisible();
  await physicianPage.reload();
  await expect(physicianPage.getByText('Link locked').first()).toBeVisible();
  const next = await today.newLinkOf(otto);
  await patientPage.goto('about:blank');
  await join.open(next, birthDate);
  await expect(join.welcome).toBeVisible();
});
