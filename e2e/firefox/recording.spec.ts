import { test as base, close, expect } from '../fixtures.ts';
import { marked } from '../marker.ts';
import { wait } from '../meeting.ts';
import { PasskeysPage } from '../pages/passkeysPage.ts';
import { RecordingView } from '../pages/recordingView.ts';
import { arriveOfficers, type Person } from '../people.ts';
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

/** So long it is recorded, at least. */
const recordedMs = 16_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs in a page: what each player of the open recording shows. */
const playersOf = () =>
  [...document.querySelectorAll<HTMLVideoElement>('[data-recording] video')].map((video) => ({
    width: video.videoWidth,
    /** Seconds. */
    place: video.currentTime,
    decoded: video.getVideoPlaybackQuality().totalVideoFrames,
  }));

type Players = ReturnType<typeof playersOf>;

/** Both people's pictures go on. */
async function expectPlaying(look: () => Promise<Players>): Promise<void> {
  const before = await look();
  expect(before).toHaveLength(2);
  const moved = async () =>
    (await look()).every(
      ({ width, place, decoded }, index) =>
        width > 0 && decoded - (before[index]?.decoded ?? 0) > 20 && place - (before[index]?.place ?? 0) > 2,
    );
  await expect.poll(moved, { message: 'two pictures that go on', timeout: 20_000 }).toBe(true);
}

test.describe
  .serial('a recording', () => {
    const opened: Person[] = [];
    let officer: Person;

    test.beforeAll(async ({ system, physicianBrowser }) => {
      test.setTimeout(240_000);
      const officers = await arriveOfficers(physicianBrowser, system);
      opened.push(...officers);
      [officer] = officers;
    });
    test.afterAll(async () => {
      for (const { context } of opened) await close(context);
    });

    test('by a physician with Firefox is stored, opens there, and plays with both pictures', async ({
      firefox,
      patientPage,
      system,
    }) => {
      test.setTimeout(300_000);
      const patientName = marked('Karl Meier');
      // With the password alone, as long as there is no passkey.
      const clinic = new ClinicClient(system);
      await clinic.signIn();
      const { link } = await clinic.createVisit(patientName);
      await firefox.page.setViewport({ width: 800, height: 600 });
      await firefox.signIn(system.web, system.physician);
      await firefox.page.goto(new URL('/en/passkeys/', system.web).href);
      const code = await firefox.makeKey('Make a passkey');
      const desk = new PasskeysPage(officer.page);
      await desk.open(system.web);
      await desk.approve(system.physician.name, code);

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
      await firefox.press('Open with your passkey');
      await firefox.reads('Everyone recorded had agreed:', '[data-recording]');
      const look = () => firefox.page.evaluate(playersOf);
      const places = async () => (await look()).map(({ place }) => place);
      await firefox.press('Play');
      await expectPlaying(look);
      await firefox.press('Forward 10 seconds');
      await expect.poll(async () => Math.min(...(await places()))).toBeGreaterThan(11);
    });
  });
