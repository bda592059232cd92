import { type Browser, type BrowserContext, test as base, expect, type Page, type TestInfo } from '@playwright/test';
import { launchBrowser } from './browser.ts';
import { type ClipFolder, writeClips } from './clip/fakeDevices.ts';
import { typedWords } from './marker.ts';
import { leftIn } from './system/leftovers.ts';
import { attachSystem, type RunningSystem, startSystem } from './system/runningSystem.ts';
import { SecretScan } from './system/secretScan.ts';
import { SignInProvider } from './system/signInProvider.ts';

interface WorkerFixtures {
  /** Names a system of its own for a file that begins with a clinic's first officers: nobody else has let them in. */
  ownSystem: string;
  /** Whether staff may sign in through a provider of OpenID Connect, too. */
  hasProvider: boolean;
  /** What the operator of that system sets, where a file tries it. */
  settings: Readonly<Record<string, string>>;
  system: RunningSystem;
  devices: ClipFolder;
  physicianBrowser: Browser;
  patientBrowser: Browser;
}

interface TestFixtures {
  physicianContext: BrowserContext;
  patientContext: BrowserContext;
  /** An empty page in the physician's browser. */
  physicianPage: Page;
  /** An empty page in the patient's browser, which is another process with another camera. */
  patientPage: Page;
}

/** A page may hold its context open while a call is on. */
export async function close(closable: { close(): Promise<void> }): Promise<void> {
  await Promise.race([closable.close(), new Promise((resolve) => setTimeout(resolve, 5000))]);
}

/** Says what stands on a page whose test has failed: the report is often all that is left of it. */
async function tellPage(who: string, page: Page, { status, expectedStatus }: TestInfo): Promise<void> {
  if (status === expectedStatus || page.isClosed()) return;
  const words = page.locator('h1, h2, [role=alert], [role=status]').allInnerTexts();
  const late = new Promise<string[]>((resolve) => setTimeout(() => resolve(['no answer']), 2000));
  const shown = await Promise.race([words.catch(() => ['gone']), late]);
  console.log(`${who}’s page, ${new URL(page.url()).pathname}: ${shown.filter(Boolean).join(' | ')}`);
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  ownSystem: ['', { option: true, scope: 'worker' }],
  settings: [{}, { option: true, scope: 'worker' }],
  hasProvider: [false, { option: true, scope: 'worker' }],
  system: [
    async ({ hasProvider, settings: set }, use) => {
      const ready = process.env['SOTTO_READY'];
      await using provider = hasProvider ? new SignInProvider() : null;
      const settings = async (web: string) => ({ ...set, ...(await provider?.start(web)) });
      await using system = ready === undefined ? await startSystem(undefined, settings) : await attachSystem(ready);
      await use(system);
      if (ready !== undefined) return;
      const left = await leftIn(system, new SecretScan({ words: typedWords }));
      expect(left, 'what was typed stands in clear').toEqual([]);
    },
    { scope: 'worker', timeout: 16 * 60_000 },
  ],
  devices: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's pattern to learn what is needed
    async ({}, use) => {
      using clips = writeClips();
      await use(clips);
    },
    { scope: 'worker' },
  ],
  physicianBrowser: [
    async ({ system, devices }, use) => {
      const browser = await launchBrowser(devices.physician, system);
      await use(browser);
      await close(browser);
    },
    { scope: 'worker' },
  ],
  patientBrowser: [
    async ({ system, devices }, use) => {
      const browser = await launchBrowser(devices.patient, system);
      await use(browser);
      await close(browser);
    },
    { scope: 'worker' },
  ],
  physicianContext: async ({ physicianBrowser, system }, use) => {
    const context = await physicianBrowser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 } });
    await context.grantPermissions(['camera', 'microphone', 'clipboard-read', 'clipboard-write'], {
      origin: system.web.origin,
    });
    await use(context);
    await close(context);
  },
  patientContext: async ({ patientBrowser, system }, use) => {
    const context = await patientBrowser.newContext({ locale: 'en-GB', viewport: { width: 390, height: 780 } });
    await context.grantPermissions(['camera', 'microphone'], { origin: system.web.origin });
    await use(context);
    await close(context);
  },
  physicianPage: async ({ physicianContext }, use, testInfo) => {
    const page = await physicianContext.newPage();
    await use(page);
    await tellPage('physician', page, testInfo);
  },
  patientPage: async ({ patientContext }, use, testInfo) => {
    const page = await patientContext.newPage();
    await use(page);
    await tellPage('patient', page, testInfo);
  },
});

export { expect };
