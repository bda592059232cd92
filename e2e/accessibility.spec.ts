import { expectAccessible } from './accessible.ts';
import { expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { meet, signIn } from './meeting.ts';
import { JoinPage } from './pages/joinPage.ts';

const rita = marked('Rita Sommer');

for (const locale of ['en', 'es']) {
  for (const [path, what] of [
    ['', 'the start page'],
    ['sign-in/', 'the sign-in page'],
    ['nowhere/', 'the not-found page'],
    ['join/', 'the join page without a link'],
  ] as const) {
    test(`${what} is accessible (${locale})`, async ({ patientPage, system }) => {
      await patientPage.goto(new URL(`/${locale}/${path}`, system.web).href);
      await expect(patientPage.getByRole('heading').first()).toBeVisible();
      await expectAccessible(patientPage, what);
    });
  }
}

test("the clinician's day and its dialogs are accessible", async ({ physicianPage, system }) => {
  const today = await signIn(physicianPage, system);
  await expectAccessible(physicianPage, 'the day');
  await today.newVisitButton.click();
  await expect(today.dialog).toBeVisible();
  await expectAccessible(physicianPage, 'the dialog for a new visit');
  await physicianPage.keyboard.press('Escape');
  await today.createVisit(rita);
  await today.openLinkOf(rita);
  await expect(physicianPage.getByRole('button', { name: 'Copy link' })).toBeVisible();
  await expectAccessible(physicianPage, 'the dialog with the link');
});

test("the patient's way is accessible", async ({ physicianPage, patientPage, system }) => {
  const today = await signIn(physicianPage, system);
  const link = await today.createVisit(marked('Sven Lund'));
  const join = new JoinPage(patientPage);
  await join.open(link);
  await expect(join.welcome).toBeVisible();
  await expectAccessible(patientPage, 'the welcome');
  const deviceCheck = await join.confirm();
  await expect(deviceCheck.continueButton.or(patientPage.getByText('Turn on camera and microphone'))).toBeVisible();
  await expectAccessible(patientPage, 'the device check');
  await deviceCheck.enter();
  await expect(join.waitingRoom).toBeVisible();
  await expectAccessible(patientPage, 'the waiting room');
});

test('the call is accessible to both', async ({ physicianPage, patientPage, system }) => {
  test.setTimeout(240_000);
  const { physician, patient, physicianName } = await meet(
    { physicianPage, patientPage, system },
    marked('Tilda Krause'),
  );
  await expectAccessible(patientPage, "the patient's call");
  await expectAccessible(physicianPage, "the clinician's call");
  await physician.control('People').click();
  await expectAccessible(physicianPage, 'the call with the other state of the list of people');
  await physician.control('Devices').click();
  await expectAccessible(physicianPage, 'the devices in the call');
  await physicianPage.keyboard.press('Escape');
  await physician.endForEveryone();
  await expect(patient.heading('The visit is over')).toBeVisible();
  await expect(patient.remoteVideo(physicianName)).toHaveCount(0);
  await expectAccessible(patientPage, 'the farewell');
});
