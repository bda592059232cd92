import type { Browser, BrowserContext, Page } from '@playwright/test';
import { launchBrowser } from '../browser.ts';
import { type ClipFolder, writeClips } from '../clip/fakeDevices.ts';
import { type RunningSystem, startSystem } from '../system/runningSystem.ts';
import { installStopwatch } from './stopwatch.ts';

/** A running system and a browser for each of two people. */
export class TwoPeople implements AsyncDisposable {
  readonly system: RunningSystem;
  readonly physicianBrowser: Browser;
  readonly patientBrowser: Browser;
  readonly #clips: ClipFolder;

  private constructor(system: RunningSystem, clips: ClipFolder, physicianBrowser: Browser, patientBrowser: Browser) {
    this.system = system;
    this.physicianBrowser = physicianBrowser;
    this.patientBrowser = patientBrowser;
    this.#clips = clips;
  }

  /** @param checkout which copy of the repository to start */
  static async start(checkout?: string): Promise<TwoPeople> {
    const system = await startSystem(checkout);
    const clips = writeClips();
    return new TwoPeople(
      system,
      clips,
      await launchBrowser(clips.physician, system),
      await launchBrowser(clips.patient, system),
    );
  }

  /** A page with an empty cache, without cookies, in which the stopwatch runs. */
  async freshPage(who: 'physician' | 'patient'): Promise<{ page: Page; context: BrowserContext }> {
    const browser = who === 'physician' ? this.physicianBrowser : this.patientBrowser;
    const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 } });
    await context.grantPermissions(['camera', 'microphone', 'clipboard-read', 'clipboard-write'], {
      origin: this.system.web.origin,
    });
    const page = await context.newPage();
    await installStopwatch(page);
    return { page, context };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.physicianBrowser.close();
    await this.patientBrowser.close();
    await this.system[Symbol.asyncDispose]();
    this.#clips[Symbol.dispose]();
  }
}
