import AxeBuilder from '@axe-core/playwright';
import { expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { meet, seeEachOther } from './meeting.ts';
import { CompareDialog } from './pages/compareDialog.ts';

test('two people compare a code, and a reload takes that away', async ({ physicianPage, patientPage, system }) => {
  test.setTimeout(240_000);
  const meeting = await meet({ physicianPage, patientPage, system }, marked('Wanda Ferro'));
  const [physician, patient] = [new CompareDialog(physicianPage), new CompareDialog(patientPage)];
  await expect(meeting.physician.encrypted).toBeVisible();

  await physician.start();
  await expect(patient.wish).toHaveText(`${meeting.physicianName} wants to compare codes`);
  await patient.answer();
  await expect(physician.pictures).toHaveCount(6);
  await expect(patient.pictures).toHaveCount(6);
  const [seen, alsoSeen] = [await physician.code(), await patient.code()];
  expect(seen.digits).toMatch(/^\d{30}$/u);
  expect(seen.pictures.filter((name) => name.length > 0)).toHaveLength(6);
  expect(alsoSeen).toEqual(seen);
  for (const page of [physicianPage, patientPage]) {
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join()}`)).toEqual(
      [],
    );
  }

  await physician.same.click();
  await expect(physician.dialog.getByText('The codes are the same')).toBeVisible();
  await physicianPage.keyboard.press('Enter');
  await expect(physician.dialog).toHaveCount(0);
  await expect(physician.shield).toHaveText(`Compared with ${meeting.patientName}`);
  await expect(patient.shield).toHaveText('Encrypted, only the server vouches');
  await patient.same.click();
  await patientPage.keyboard.press('Enter');
  await expect(patient.shield).toHaveText(`Compared with ${meeting.physicianName}`);
  await expect(physicianPage.getByText(/^Patient\s*·\s*compared$/u)).toBeVisible();

  await patientPage.reload();
  await seeEachOther(meeting);
  await expect(physician.shield).toHaveText('Encrypted, not yet compared');
  await expect(patient.shield).toHaveText('Encrypted, only the server vouches');
});

test('codes that differ mark the visit on both sides until equal ones are found', async ({
  physicianPage,
  patientPage,
  system,
}) => {
  const meeting = await meet({ physicianPage, patientPage, system }, marked('Xenia Holt'));
  const [physician, patient] = [new CompareDialog(physicianPage), new CompareDialog(patientPage)];
  await patient.start();
  await expect(patient.pictures).toHaveCount(6);
  await patient.different.click();
  await expect(patient.dialog.getByText('Call the clinic')).toBeVisible();
  await expect(physicianPage.getByText('The codes were not the same')).toBeVisible();
  for (const { shield } of [physician, patient]) await expect(shield).toHaveText("Don't trust this visit");

  await physicianPage.getByRole('button', { name: 'What to do' }).click();
  await expect(physician.dialog.getByText(`${meeting.patientName} sees another code than you`)).toBeVisible();
  await physician.dialog.getByRole('button', { name: 'Compare again' }).click();
  for (const side of [physician, patient]) {
    await expect(side.pictures).toHaveCount(6);
    await side.same.click();
    await side.dialog.getByRole('button', { name: 'Done' }).click();
    await expect(side.shield).toHaveText(/^Compared with/u);
  }
});
