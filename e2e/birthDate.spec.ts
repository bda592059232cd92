import { expectAccessible } from './accessible.ts';
import { expect, test } from './fixtures.ts';
import { signIn } from './meeting.ts';
import { JoinPage } from './pages/joinPage.ts';

const birthDate = '1954-03-09';

test('a patient says their date of birth, and is not asked again in that browser', async ({
  physicianPage,
  patientPage,
  system,
}) => {
  const today = await signIn(physicianPage, system);
  const link = await today.createVisit('Vera Anders', birthDate);
  const join = new JoinPage(patientPage);
  await join.open(link);
  await expect(join.askedBirthDate).toBeVisible();
  await expectAccessible(patientPage, 'the date of birth');
  // Whose visit it is, nobody learns who doesn't know it.
  expect(await patientPage.content()).not.toMatch(/Vera|Anders/u);
  await join.tellBirthDate('1954-09-03');
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
  const link = await today.createVisit('Otto Lang', birthDate);
  const join = new JoinPage(patientPage);
  await join.open(link);
  for (const day of ['01', '02', '03', '04', '05']) await join.tellBirthDate(`1954-03-${day}`);
  await expect(join.deadLink).toBeVisible();
  await patientPage.goto('about:blank');
  await join.open(link);
  await expect(join.deadLink).toBeVisible();
  await physicianPage.reload();
  await expect(physicianPage.getByText('Link locked').first()).toBeVisible();
  const next = await today.newLinkOf('Otto Lang');
  await patientPage.goto('about:blank');
  await join.open(next);
  await join.tellBirthDate(birthDate);
  await expect(join.welcome).toBeVisible();
});
