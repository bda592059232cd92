import { expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { meet, seeEachOther } from './meeting.ts';
import { JoinPage } from './pages/joinPage.ts';

const patientHasVisitElsewhere = 'The visit is open on another device';

test('both reload at the same time and find each other again', async ({ physicianPage, patientPage, system }) => {
  const meeting = await meet({ physicianPage, patientPage, system }, marked('Uma Castell'));
  const started = performance.now();
  await Promise.all([physicianPage.reload(), patientPage.reload()]);
  await seeEachOther(meeting);
  console.log(`both back after a reload in ${((performance.now() - started) / 1000).toFixed(1)} s`);
});

test('the visit goes on in the tab that was opened last', async ({ physicianPage, patientPage, system }) => {
  const meeting = await meet({ physicianPage, patientPage, system }, marked('Samir Haddad'));
  const tab = await patientPage.context().newPage();
  const join = new JoinPage(tab);
  await join.open(meeting.link);
  const patient = await (await join.confirm()).enter();
  await expect(meeting.patient.heading('The visit goes on elsewhere')).toBeVisible();
  await seeEachOther({ ...meeting, patient });
});

test('the link on another device gets nobody in while the patient is in the visit', async ({
  physicianPage,
  patientPage,
  patientBrowser,
  system,
}) => {
  const meeting = await meet({ physicianPage, patientPage, system }, marked('Tove Nyman'));
  const context = await patientBrowser.newContext({ locale: 'en-GB' });
  try {
    await context.grantPermissions(['camera', 'microphone'], { origin: system.web.origin });
    const page = await context.newPage();
    const join = new JoinPage(page);
    await join.open(meeting.link);
    const other = await (await join.confirm()).enter();
    await expect(other.heading(patientHasVisitElsewhere)).toBeVisible();
    await seeEachOther(meeting);
    await meeting.patient.leave();
    await page.getByRole('button', { name: 'Try again' }).click();
    // The admission was the other device's.
    await expect(join.waitingRoom).toBeVisible();
    await meeting.physician.admitButton(meeting.patientName).click();
    await seeEachOther({ ...meeting, patient: other });
  } finally {
    await context.close();
  }
});
