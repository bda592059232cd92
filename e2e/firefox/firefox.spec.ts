import type { Browser } from 'puppeteer-core';
import { AudioReader } from '../clip/audioReader.ts';
import { clips } from '../clip/fakeDevices.ts';
import { test as base, close, expect } from '../fixtures.ts';
import { marked } from '../marker.ts';
import { signIn, wait } from '../meeting.ts';
import type { CallView } from '../pages/callView.ts';
import { CompareDialog } from '../pages/compareDialog.ts';
import { ClinicClient } from '../system/clinicClient.ts';
import { FirefoxPerson } from './firefoxPerson.ts';
import { launchFirefox } from './installedFirefox.ts';
import { type Reception, receptionOf, watchReception } from './reception.ts';

const test = base.extend<{ firefox: FirefoxPerson }, { firefoxBrowser: Browser }>({
  firefoxBrowser: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's pattern to learn what is needed
    async ({}, use) => {
      const browser = await launchFirefox();
      await use(browser);
      await close(browser);
    },
    { scope: 'worker' },
  ],
  firefox: async ({ firefoxBrowser }, use, info) => {
    const context = await firefoxBrowser.createBrowserContext();
    const page = await context.newPage();
    await page.evaluateOnNewDocument(watchReception);
    await use(new FirefoxPerson(page));
    await page.screenshot({ path: info.outputPath('firefox.png') });
    await close(context);
  },
});

/** Two people in a visit, one with each browser. */
interface Pair {
  readonly firefox: FirefoxPerson;
  readonly chromium: CallView;
  readonly names: { readonly firefox: string; readonly chromium: string };
  /** Which clip Chromium's camera plays. */
  readonly clip: number;
}

/** Reasons to drop a frame that are no failure: copies, and what comes before the sender's announcement. */
const harmless = new Set(['replayed', 'unannounced']);

/** What comes in over some seconds is seen and heard, all of it opened. */
async function expectReceived(read: () => Promise<Reception>): Promise<void> {
  const before = await read();
  await expect.poll(async () => (await read()).pictures - before.pictures).toBeGreaterThan(60);
  await expect.poll(async () => (await read()).energy - before.energy).toBeGreaterThan(0.01);
  await expect.poll(async () => (await read()).opened - before.opened).toBeGreaterThan(60);
  expect(Object.keys((await read()).dropped).filter((reason) => !harmless.has(reason))).toEqual([]);
}

/** Both see and hear the other. */
async function expectBothWays({ firefox, chromium, names, clip }: Pair): Promise<void> {
  const video = chromium.remoteVideo(names.firefox);
  await expect.poll(() => firefox.pictureWidth(names.chromium)).toBeGreaterThan(0);
  await expect.poll(() => video.evaluate((element: HTMLVideoElement) => element.videoWidth)).toBeGreaterThan(0);
  await using sound = await AudioReader.start(chromium.remoteSound);
  const pictures = await firefox.readPicture(names.chromium);
  await expectReceived(() => firefox.page.evaluate(receptionOf));
  await expectReceived(() => chromium.page.evaluate(receptionOf));
  const frames = new Set<number>();
  await expect
    .poll(async () => {
      for (const { code } of await pictures.take()) if (code?.clip === clip) frames.add(code.frame);
      return frames.size;
    })
    .toBeGreaterThan(30);
  // Of Firefox's own making: one tone without a pause.
  expect((await sound.take()).loud).toBeGreaterThan(0.01);
}

async function expectSameCode({ firefox, chromium, names }: Pair): Promise<void> {
  const dialog = new CompareDialog(chromium.page);
  await dialog.start();
  await firefox.press('See the code');
  await expect(dialog.pictures).toHaveCount(6);
  const seen = await dialog.code();
  expect(seen.digits).toMatch(/^\d{30}$/u);
  expect(await firefox.code()).toEqual(seen);
  await dialog.same.click();
  await chromium.page.keyboard.press('Enter');
  await firefox.press('They are the same');
  await firefox.press('Done');
  await expect(dialog.shield).toHaveText(`Compared with ${names.firefox}`);
  await firefox.sees('button', `Compared with ${names.chromium}`);
}

test('a patient with Firefox and a physician with Chromium', async ({ firefox, physicianPage, system }) => {
  test.setTimeout(240_000);
  const names = { firefox: marked('Frida Berg'), chromium: system.physician.name };
  await physicianPage.addInitScript(watchReception);
  const today = await signIn(physicianPage, system);
  const link = await today.createVisit(names.firefox);
  const chromium = await (await today.startVisit(names.firefox)).enter();
  await firefox.page.setViewport({ width: 390, height: 780 });
  await firefox.wait(link);
  await chromium.admitButton(names.firefox).click();
  const pair = { firefox, chromium, names, clip: clips.physician };
  await expectBothWays(pair);
  await expectSameCode(pair);

  await firefox.page.reload();
  await expectBothWays(pair);
});

test('a physician with Firefox and a patient with Chromium', async ({ firefox, patientPage, system }) => {
  test.setTimeout(240_000);
  const names = { firefox: system.physician.name, chromium: marked('Karl Meier') };
  const clinic = new ClinicClient(system);
  await clinic.signIn();
  const { link } = await clinic.createVisit(names.chromium);
  await patientPage.addInitScript(watchReception);
  // Without a graphics card, painting a large window takes the processor from what is measured.
  await firefox.page.setViewport({ width: 800, height: 600 });
  await firefox.signIn(system.web, system.physician);
  await firefox.startVisit(names.chromium);
  const chromium = await wait(patientPage, link);
  await firefox.press(`Admit ${names.chromium}`);
  const pair = { firefox, chromium, names, clip: clips.patient };
  await expectBothWays(pair);
  await expectSameCode(pair);

  await firefox.page.reload();
  await expectBothWays(pair);
});
