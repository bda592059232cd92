import { expect, type Page } from '@playwright/test';
import { test } from './fixtures.ts';
import { marked } from './marker.ts';
import { signIn } from './meeting.ts';
import { CallView } from './pages/callView.ts';
import { JoinPage } from './pages/joinPage.ts';

const stops = 'a[href], button, input, select, textarea, summary, [tabindex]';

/** Goes on with Tab until the focus is on a button or link of this name, then presses Enter. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const target = page.getByRole('button', { name }).or(page.getByRole('link', { name })).first();
  await expect(target).toBeVisible();
  // The day's list is as long as the day.
  const most = await page.locator(stops).count();
  for (let tried = 0; tried <= most; tried += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) {
      await page.keyboard.press('Enter');
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`The keyboard doesn't get to ${name}`);
}

/** Turns the devices on where the browser wasn't asked before. */
async function throughDeviceCheck(page: Page, onward: RegExp): Promise<void> {
  const turnOn = /^Turn on camera and microphone$/u;
  const button = page.getByRole('button', { name: turnOn });
  await button
    .or(page.getByRole('button', { name: onward }))
    .first()
    .waitFor();
  if (await button.isVisible()) await tabTo(page, turnOn);
  await tabTo(page, onward);
}

test('a visit takes no mouse: from the link through the call to its end', async ({
  physicianPage,
  patientPage,
  system,
}) => {
  const name = marked('Viktor Moss');
  const today = await signIn(physicianPage, system);
  const link = await today.createVisit(name);
  await tabTo(physicianPage, new RegExp(`^Start visit with ${name}$`, 'u'));
  await throughDeviceCheck(physicianPage, /^Enter the visit$/u);

  const join = new JoinPage(patientPage);
  await join.open(link);
  await tabTo(patientPage, /^Yes, that.s me$/u);
  await throughDeviceCheck(patientPage, /^Go to the waiting room$/u);
  await expect(join.waitingRoom).toBeVisible();

  await tabTo(physicianPage, new RegExp(`^Admit ${name}$`, 'u'));
  const [physician, patient] = [new CallView(physicianPage), new CallView(patientPage)];
  await expect(physician.remoteVideo(name)).toBeVisible();
  await expect(patient.remoteVideo(system.physician.name)).toBeVisible();

  await tabTo(patientPage, /^Mute$/u);
  await expect(physician.tile(name).getByRole('img', { name: 'Muted' })).toBeVisible();
  await tabTo(patientPage, /^Unmute$/u);
  await expect(physician.tile(name).getByRole('img', { name: 'Muted' })).toHaveCount(0);

  await tabTo(physicianPage, /^Leave$/u);
  await tabTo(physicianPage, /^End for everyone$/u);
  await expect(patient.heading('The visit is over')).toBeVisible();
});
