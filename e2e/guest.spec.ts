import type { Page } from '@playwright/test';
import { expectAccessible } from './accessible.ts';
import { close, expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { type Meeting, meet } from './meeting.ts';
import type { CallView } from './pages/callView.ts';
import { GuestPanel } from './pages/guestPanel.ts';
import { JoinPage } from './pages/joinPage.ts';
import { allSeeAll, anotherPhone, hears, movesOn, namesShown } from './several.ts';

const ines = marked('Inés Duarte');
const tomasz = marked('Tomasz Wojcik');
const ken = marked('Dr Ken Osei');

const ended = 'Your time in this visit has ended';

/** A guest's way from the link into the waiting room. */
async function waitAsGuest(page: Page, link: string, as: string): Promise<CallView> {
  const join = new JoinPage(page);
  await join.open(link);
  await expect(page.getByText(as)).toBeVisible();
  const call = await (await join.confirm()).enter();
  await expect(join.waitingRoom).toBeVisible();
  return call;
}

const everybody = (meeting: Meeting, guest: { name: string; view: CallView }) => [
  { name: meeting.physicianName, view: meeting.physician },
  { name: meeting.patientName, view: meeting.patient },
  guest,
];

test('an interpreter is invited, admitted, seen and heard by all, and gets more time without a click', async ({
  physicianPage,
  patientPage,
  system,
}) => {
  test.setTimeout(300_000);
  const meeting = await meet({ physicianPage, patientPage, system }, marked('Greta Holm'));
  const panel = new GuestPanel(physicianPage);
  await panel.inviteButton.click();
  await expectAccessible(physicianPage, 'the dialog for a guest');
  await physicianPage.keyboard.press('Escape');
  const link = await panel.invite('An interpreter', ines);
  await expect(panel.row(ines)).toContainText('not here');

  const context = await anotherPhone(patientPage, system.web);
  try {
    const page = await context.newPage();
    const join = new JoinPage(page);
    await join.open(link);
    await expect(page.getByText('You are invited as an interpreter.')).toBeVisible();
    // Who the patient is, the people in the visit say.
    expect(await page.content()).not.toContain('Greta');
    await expectAccessible(page, "the guest's welcome");
    const guest = await (await join.confirm()).enter();
    await expect(page.getByText(/You may be in the visit until/u)).toBeVisible();
    await expectAccessible(page, "the guest's waiting room");
    await expect(panel.row(ines)).toContainText('waiting');
    await expect(physicianPage.getByRole('listitem').filter({ hasText: 'Admit' })).toContainText('Interpreter');
    await meeting.physician.admitButton(ines).click();

    await allSeeAll(everybody(meeting, { name: ines, view: guest }));
    for (const view of [meeting.physician, meeting.patient, guest]) await hears(view, 2);
    await expect(meeting.patient.tile(ines)).toContainText('Interpreter');
    await expect(patientPage.getByText(`${ines} (Interpreter) is in the visit too.`)).toBeVisible();
    await expectAccessible(physicianPage, "the clinician's call with a guest");
    await expectAccessible(patientPage, "the patient's call with a guest");
    await patientPage.getByRole('button', { name: 'OK' }).click();
    await expect(patientPage.getByText('is in the visit too')).toHaveCount(0);

    const before = await panel.row(ines).textContent();
    await panel
      .row(ines)
      .getByRole('button', { name: `15 minutes more for ${ines}` })
      .click();
    await expect(panel.row(ines)).not.toHaveText(before ?? '');

    await panel
      .row(ines)
      .getByRole('button', { name: `Take out ${ines}` })
      .click();
    await physicianPage.getByRole('button', { name: 'Take them out' }).click();
    await expect(guest.heading('You are not in the visit any more')).toBeVisible();
    await expect(meeting.physician.tile(ines)).toHaveCount(0);
    await expect(meeting.patient.tile(ines)).toHaveCount(0);
    await expect(panel.row(ines)).toHaveCount(0);
    for (const [view, name] of [
      [meeting.physician, meeting.patientName],
      [meeting.patient, meeting.physicianName],
    ] as const) {
      await movesOn(view, name);
    }
    await page.getByRole('button', { name: 'Come back in' }).click();
    await expect(guest.heading("Your invitation doesn't work any more")).toBeVisible();
  } finally {
    await close(context);
  }
});

test('a guest is out when the time is over, told so before, and the others go on unharmed', async ({
  physicianPage,
  patientPage,
  system,
}) => {
  test.setTimeout(300_000);
  const meeting = await meet({ physicianPage, patientPage, system }, marked('Halina Wojcik'));
  const panel = new GuestPanel(physicianPage);
  const context = await anotherPhone(patientPage, system.web);
  try {
    const page = await context.newPage();
    const link = await panel.inviteFor(75, { kind: 'family', name: tomasz });
    const end = Date.now() + 75_000;
    const guest = await waitAsGuest(page, link, 'You are invited as family or a friend.');
    await meeting.physician.admitButton(tomasz).click();
    await allSeeAll(everybody(meeting, { name: tomasz, view: guest }));
    await expect(page.getByText(/your time in this visit ends at/u)).toBeVisible();
    await expect(physicianPage.getByText(`left for ${tomasz}`)).toBeVisible();
    expect(await namesShown(meeting.patient)).toEqual([meeting.physicianName, tomasz].sort());

    await expect(guest.heading(ended)).toBeVisible({ timeout: Math.max(1_000, end - Date.now()) + 10_000 });
    const seconds = (Date.now() - end) / 1000;
    console.log(`the guest's page said so ${seconds.toFixed(1)} s after the end`);
    expect(seconds).toBeLessThan(3);
    // Nothing of the visit reaches the page any more, and nothing comes from it.
    await expect(guest.remoteSound).toHaveCount(0);
    for (const view of [meeting.physician, meeting.patient]) await expect(view.tile(tomasz)).toHaveCount(0);
    await expect(patientPage.getByText(`The time of ${tomasz} in this visit is over, and they are out.`)).toBeVisible();
    await movesOn(meeting.physician, meeting.patientName);
    await movesOn(meeting.patient, meeting.physicianName);
    await expect(meeting.physician.encrypted).toBeVisible();
    await expectAccessible(page, "a guest's farewell");

    // More time, given late: the same link, no new admission.
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(guest.heading("You can't come in just now")).toBeVisible();
    await panel
      .row(tomasz)
      .getByRole('button', { name: `15 minutes more for ${tomasz}` })
      .click();
    await expect(panel.row(tomasz)).toContainText('until');
    await page.getByRole('button', { name: 'Try again' }).click();
    await allSeeAll(everybody(meeting, { name: tomasz, view: guest }));
  } finally {
    await close(context);
  }
});

test('more time that is given before the end comes to the guest by itself', async ({
  physicianPage,
  patientPage,
  system,
}) => {
  test.setTimeout(240_000);
  const meeting = await meet({ physicianPage, patientPage, system }, marked('Ida Brandt'));
  const panel = new GuestPanel(physicianPage);
  const context = await anotherPhone(patientPage, system.web);
  try {
    const page = await context.newPage();
    const link = await panel.inviteFor(70, { kind: 'colleague', name: ken });
    const end = Date.now() + 70_000;
    const guest = await waitAsGuest(page, link, 'You are invited as a colleague.');
    await meeting.physician.admitButton(ken).click();
    await allSeeAll(everybody(meeting, { name: ken, view: guest }));
    await physicianPage.getByRole('status').getByRole('button', { name: '15 minutes more' }).click();
    await expect(page.getByText(/your time in this visit ends at/u)).toHaveCount(0, { timeout: 30_000 });
    await page.waitForTimeout(Math.max(0, end + 5_000 - Date.now()));
    await expect(guest.heading(ended)).toHaveCount(0);
    await allSeeAll(everybody(meeting, { name: ken, view: guest }));
    await movesOn(guest, meeting.patientName);
  } finally {
    await close(context);
  }
});
