import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { meet, signIn } from './meeting.ts';
import { JoinPage } from './pages/joinPage.ts';

const widths = [
  { width: 360, height: 740 },
  { width: 1280, height: 800 },
] as const;

/** Nothing serious or critical, at both widths, and nothing wider than the screen. */
async function check(page: Page, what: string): Promise<void> {
  const before = page.viewportSize();
  for (const size of widths) {
    await page.setViewportSize(size);
    // Colours fade in and out; axe would measure one halfway.
    await page.waitForTimeout(400);
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
    expect.soft(found, `${what} at ${size.width} px`).toEqual([]);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect.soft(wider, `${what} fits into ${size.width} px`).toBeLessThanOrEqual(0);
  }
  if (before) await page.setViewportSize(before);
}

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
      await check(patientPage, what);
    });
  }
}

test("the clinician's day and its dialogs are accessible", async ({ physicianPage, system }) => {
  const today = await signIn(physicianPage, system);
  await check(physicianPage, 'the day');
  await today.newVisitButton.click();
  await expect(today.dialog).toBeVisible();
  await check(physicianPage, 'the dialog for a new visit');
  await physicianPage.keyboard.press('Escape');
  await today.createVisit('Rita Sommer');
  await today.openLinkOf('Rita Sommer');
  await expect(physicianPage.getByRole('button', { name: 'Copy link' })).toBeVisible();
  await check(physicianPage, 'the dialog with the link');
});

test("the patient's way is accessible", async ({ physicianPage, patientPage, system }) => {
  const today = await signIn(physicianPage, system);
  const link = await today.createVisit('Sven Lund');
  const join = new JoinPage(patientPage);
  await join.open(link);
  await expect(join.welcome).toBeVisible();
  await check(patientPage, 'the welcome');
  const deviceCheck = await join.confirm();
  await expect(deviceCheck.continueButton.or(patientPage.getByText('Turn on camera and microphone'))).toBeVisible();
  await check(patientPage, 'the device check');
  await deviceCheck.enter();
  await expect(join.waitingRoom).toBeVisible();
  await check(patientPage, 'the waiting room');
});

test('the call is accessible to both', async ({ physicianPage, patientPage, system }) => {
  test.setTimeout(150_000);
  const { physician, patient, physicianName } = await meet({ physicianPage, patientPage, system }, 'Tilda Krause');
  await check(patientPage, "the patient's call");
  await check(physicianPage, "the clinician's call");
  await physician.control('People').click();
  await check(physicianPage, 'the call with the other state of the list of people');
  await physician.control('Devices').click();
  await check(physicianPage, 'the devices in the call');
  await physicianPage.keyboard.press('Escape');
  await physician.endForEveryone();
  await expect(patient.heading('The visit is over')).toBeVisible();
  await expect(patient.remoteVideo(physicianName)).toHaveCount(0);
  await check(patientPage, 'the farewell');
});
