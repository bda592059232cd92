import { test as base, close, expect } from '../fixtures.ts';
import { wait } from '../meeting.ts';
import { PasskeysPage } from '../pages/passkeysPage.ts';
import { RecordingView } from '../pages/recordingView.ts';
import { TodayPage } from '../pages/todayPage.ts';
import { arrive, enrol, letInOfficers, type Person } from '../people.ts';
import { ClinicClient } from '../system/clinicClient.ts';
import { FirefoxPerson } from './firefoxPerson.ts';
import { launchFirefoxWithAuthenticator } from './installedFirefox.ts';

const test = base.extend<{ firefox: FirefoxPerson }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's pattern to learn what is needed
  firefox: async ({}, use, info) => {
    const browser = await launchFirefoxWithAuthenticator();
    const page = await browser.newPage();
    await use(new FirefoxPerson(page));
    await page.screenshot({ path: info.outputPath('firefox.png') });
    await close(browser);
  },
});
test.use({ ownSystem: 'firefoxRecording' });

/** What is recorded at least, and played of it. */
const recordedMs = 10_000;
const playedMs = 3_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Each player went on while a few seconds passed, on a machine that has other things to do. */
function expectPlayed(seconds: readonly number[]): void {
  expect(seconds).toHaveLength(2);
  for (const one of seconds) expect(one).toBeGreaterThan(0.5 * (playedMs / 1000));
}

test.describe
  .serial('a recording', () => {
    const opened: Person[] = [];
    let officer: Person;

    test.beforeAll(async ({ system, physicianBrowser }) => {
      test.setTimeout(240_000);
      const officers: Person[] = [];
      for (const account of system.officers) officers.push(await arrive(physicianBrowser, system, account));
      await letInOfficers(system, officers);
      opened.push(...officers);
      const [first] = officers;
      if (!first) throw new Error('no officer');
      officer = first;
    });
    test.afterAll(async () => {
      for (const { context } of opened) await close(context);
    });

    test('by a physician with Firefox is stored, and played there', async ({ firefox, patientPage, system }) => {
      test.setTimeout(300_000);
      const patientName = 'Karl Meier';
      await firefox.page.setViewport({ width: 800, height: 600 });
      await firefox.signIn(system.web, system.physician);
      await firefox.page.goto(new URL('/en/passkeys/', system.web).href);
      const code = await firefox.makeKey('Make a passkey');
      const desk = new PasskeysPage(officer.page);
      await desk.open(system.web);
      await desk.approve(system.physician.name, code);

      const clinic = new ClinicClient(system);
      await clinic.signIn();
      const { link } = await clinic.createVisit(patientName);
      await firefox.page.goto(new URL('/en/today/', system.web).href);
      await firefox.startVisit(patientName);
      const chromium = await wait(patientPage, link);
      await firefox.press(`Admit ${patientName}`);
      await expect.poll(() => firefox.pictureWidth(patientName), { timeout: 45_000 }).toBeGreaterThan(0);
      await expect(chromium.remoteVideo(system.physician.name)).toBeVisible({ timeout: 45_000 });
      const visit = new URL(firefox.page.url()).hash.slice(1);

      await firefox.press('Record');
      await firefox.press('Ask everybody');
      const recorded = new RecordingView(chromium);
      await recorded.answer(true);
      await expect(recorded.line).toContainText(`Recording, by ${system.physician.name}`);
      await pause(recordedMs);
      await recorded.stopButton.click();
      await firefox.reads('1 recording is stored');

      await firefox.page.goto(new URL(`/en/record/#visit=${visit}`, system.web).href);
      expectPlayed(await firefox.playRecording(playedMs));
    });

    test('of a patient with Firefox is agreed to and played there', async ({ firefox, physicianBrowser, system }) => {
      test.setTimeout(300_000);
      const patientName = 'Frida Berg';
      const physician = await arrive(physicianBrowser, system, system.colleague);
      opened.push(physician);
      await enrol(system, officer, physician);
      const { page } = physician;
      await page.goto(new URL('/en/today/', system.web).href);
      const today = new TodayPage(page);
      const link = await today.createVisit(patientName);
      const chromium = await (await today.startVisit(patientName)).enter();
      await firefox.page.setViewport({ width: 390, height: 780 });
      await firefox.wait(link);
      await chromium.admitButton(patientName).click();
      await expect(chromium.remoteVideo(patientName)).toBeVisible({ timeout: 45_000 });
      await expect.poll(() => firefox.pictureWidth(physician.name), { timeout: 45_000 }).toBeGreaterThan(0);
      const visit = new URL(page.url()).hash.slice(1);

      const recorder = new RecordingView(chromium);
      await recorder.ask();
      await firefox.reads(`${physician.name} asks to record this visit`, '[role=alertdialog]');
      await firefox.press('Yes, you may record');
      await firefox.reads(`Recording, by ${physician.name}`);
      await pause(recordedMs);
      await firefox.press('Stop recording');
      await firefox.reads('You stopped the recording');
      await expect(recorder.stored).toBeVisible({ timeout: 60_000 });
      await recorder.closeDialog();
      await chromium.endForEveryone();

      await firefox.page.goto(new URL('/en/portal/', system.web).href);
      const number = await firefox.makeKey('Set up a passkey');
      await page.goto(new URL(`/en/record/#visit=${visit}`, system.web).href);
      await page.getByRole('button', { name: 'Compare and confirm' }).click();
      const dialog = page.getByRole('dialog');
      await expect(dialog.locator('[data-check-code]')).toHaveAttribute('data-check-code', number);
      await dialog.getByRole('button', { name: 'It is the same: sign' }).click();
      await firefox.reads('Works', 'ul[aria-label="Your keys"] li');
      expectPlayed(await firefox.playRecording(playedMs));
    });
  });
