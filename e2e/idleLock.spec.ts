import { expectAccessible } from './accessible.ts';
import { FrameReader } from './clip/frameReader.ts';
import { close, expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { expectUnharmed, meetAs } from './meeting.ts';
import { NotePanel } from './pages/notePanel.ts';
import { RecordPage } from './pages/recordPage.ts';
import { TodayPage } from './pages/todayPage.ts';
import { arrive, arriveStaff, type Person } from './people.ts';

test.use({ ownSystem: 'idleLock', settings: { API_IDLE_LOCK_MINUTES: '1' } });

/** So long nobody does anything before it locks, and a little more. */
const locked = { timeout: 75_000 };
const draft = marked('Sleeps badly since March. Zwetschgenmus.');

/** Each test goes on where the one before has left the clinic, and waits for the lock once or twice. */
test.describe
  .serial('a page that nobody uses', () => {
    test.describe.configure({ timeout: 300_000 });
    let officers: readonly Person[] = [];
    let physician: Person;

    test.beforeAll(async ({ system, physicianBrowser }) => {
      ({ officers, physician } = await arriveStaff(physicianBrowser, system));
    });

    test.afterAll(async () => {
      for (const { context } of [...officers, physician]) await close(context);
    });

    const unlockButton = () => physician.page.getByRole('button', { name: 'Unlock with my passkey' });
    const lockHeading = () => physician.page.getByRole('heading', { name: 'Locked', exact: true });

    test('warns, locks, covers what it shows, and is unlocked by the passkey alone', async ({ system }) => {
      const { page, authenticator } = physician;
      await page.goto(new URL('/en/today/', system.web).href);
      const today = new TodayPage(page);
      await today.createVisit(marked('Ida Leise'));
      const warning = page.getByRole('region', { name: 'Are you still here?' });
      await expect(warning).toBeVisible(locked);
      await expectAccessible(page, 'the warning before the idle lock');
      await expect(warning.getByRole('button', { name: "I'm still here" })).toBeVisible();
      // As would moving the pointer to that button.
      await page.keyboard.press('Shift');
      await expect(warning).toHaveCount(0);
      await expect(lockHeading()).toBeVisible(locked);
      await expectAccessible(page, 'the idle lock');
      await expect(page.getByText('Ida Leise')).toHaveCount(0);
      expect(await page.evaluate(async () => (await fetch('/api/sessions')).status)).toBe(423);
      // A reload and another page find it locked too.
      await page.reload();
      await expect(lockHeading()).toBeVisible();
      // The finger of somebody else.
      await authenticator.recognise(false);
      await unlockButton().click();
      await expect(page.getByText('Nothing was unlocked')).toBeVisible();
      await authenticator.recognise(true);
      await unlockButton().click();
      await expect(page.getByText('Ida Leise').first()).toBeVisible();
    });

    test('keeps what was being written, and locks in every tab', async ({ system }) => {
      const { page, context } = physician;
      await page.goto(new URL('/en/today/', system.web).href);
      const today = new TodayPage(page);
      const patientName = marked('Ida Notiz');
      await today.createVisit(patientName);
      const call = await (await today.startVisit(patientName)).enter();
      const visit = new URL(page.url()).hash.slice(1);
      await call.endForEveryone();
      await page.goto(new URL(`/en/record/#visit=${visit}`, system.web).href);
      await page.getByRole('button', { name: 'Write a note' }).click();
      const note = new NotePanel(page);
      await note.text.fill(draft);
      const second = await context.newPage();
      await second.goto(new URL('/en/sessions/', system.web).href);
      await expect(lockHeading()).toBeVisible(locked);
      await expect(second.getByRole('heading', { name: 'Locked', exact: true })).toBeVisible();
      await expect(page.getByText('What you were writing is kept')).toBeVisible();
      expect(await page.content()).not.toContain('Zwetschgenmus');
      await page.bringToFront();
      await unlockButton().click();
      await expect(note.text).toHaveValue(draft);
      await expect(second.getByRole('heading', { name: 'Locked', exact: true })).toHaveCount(0);
      await second.close();
      await note.saveButton.click();
      await expect(new RecordPage(page).openButton).toBeVisible();
    });

    test('goes on with a visit while it is locked, and covers all but the call', { tag: '@long' }, async ({
      system,
      patientPage,
    }) => {
      const { page } = physician;
      const patientName = marked('Ida Ruhig');
      const meeting = await meetAs(physician, { patientPage, system }, patientName);
      const { physician: call, patient } = meeting;
      await call.control('Note').click();
      const note = new NotePanel(page);
      await note.text.fill(draft);
      await expect(page.getByRole('region', { name: 'Are you still here?' })).toBeVisible(locked);
      await expect(page.getByRole('heading', { name: 'Locked: the call goes on' })).toBeVisible(locked);
      await expectAccessible(page, 'a visit whose page is locked');
      expect(await page.content()).not.toContain(patientName);
      expect(await page.content()).not.toContain('Zwetschgenmus');
      await expect(call.control('Note')).toHaveCount(0);
      await expect(call.control('Chat')).toHaveCount(0);
      // Both still see each other, and the microphone is still one's own.
      for (const video of [patient.remoteVideo(physician.name), page.locator('article video')]) {
        await using frames = await FrameReader.start(video);
        await expect.poll(async () => (await frames.take()).length).toBeGreaterThan(0);
      }
      await call.control('Mute').click();
      await expect(call.control('Unmute')).toBeVisible();
      await call.control('Unmute').click();
      await unlockButton().click();
      await expect(note.text).toHaveValue(draft);
      await expectUnharmed(meeting);
    });
  });

test('a session of a password is unlocked by the password', async ({ system, physicianBrowser }) => {
  const { page, context } = await arrive(physicianBrowser, system, system.colleague);
  await page.goto(new URL('/en/sessions/', system.web).href);
  await expect(page.getByRole('heading', { name: 'Locked', exact: true })).toBeVisible(locked);
  const password = page.getByLabel('Password');
  await password.fill('not this one');
  await page.getByRole('button', { name: 'Unlock', exact: true }).click();
  await expect(page.getByText("That password isn't right.")).toBeVisible();
  await password.fill(system.physician.password);
  await page.getByRole('button', { name: 'Unlock', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Where you are signed in' })).toBeVisible();
  await close(context);
});
