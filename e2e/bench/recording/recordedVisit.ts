import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { launchBrowser, launchProfile } from '../../browser.ts';
import { type ClipFolder, writeClips } from '../../clip/fakeDevices.ts';
import { marked } from '../../marker.ts';
import { meetAs } from '../../meeting.ts';
import { RecordingView } from '../../pages/recordingView.ts';
import { arriveIn, arriveOfficers, enrol } from '../../people.ts';
import { descendants } from '../../system/processes.ts';
import { type RunningSystem, startSystem } from '../../system/runningSystem.ts';

const patientName = marked('Ada Norum');

/** A running system, and a visit of two in it that may be recorded. */
export class RecordedVisit implements AsyncDisposable {
  readonly physicianPage: Page;
  readonly patientPage: Page;
  /** The process that all others of the physician's browser come from. */
  readonly physicianPid: number;
  readonly #system: RunningSystem;
  readonly #clips: ClipFolder;
  readonly #profile: string;
  readonly #recorder: RecordingView;
  readonly #recorded: RecordingView;
  #stored = 0;

  private constructor(
    system: RunningSystem,
    clips: ClipFolder,
    profile: string,
    recorder: RecordingView,
    recorded: RecordingView,
    pages: { readonly physician: Page; readonly patient: Page },
  ) {
    this.#system = system;
    this.#clips = clips;
    this.#profile = profile;
    this.#recorder = recorder;
    this.#recorded = recorded;
    this.physicianPage = pages.physician;
    this.patientPage = pages.patient;
    this.physicianPid = browserProcess(clips.physician.audio);
  }

  static async start(): Promise<RecordedVisit> {
    const system = await startSystem();
    const clips = writeClips();
    const office = await launchBrowser({ audio: clips.physician.audio.replace('physician', 'patient') }, system);
    const [officer] = await arriveOfficers(office, system);
    const profile = mkdtempSync(join(tmpdir(), 'sotto-profile-'));
    const device = await launchProfile(
      { folder: join(profile, 'browser'), downloads: join(profile, 'downloads') },
      clips.physician,
      system,
      { locale: 'en-GB', viewport: { width: 1280, height: 800 } },
    );
    const patientBrowser = await launchBrowser(clips.patient, system);
    const person = await arriveIn(device, system, system.physician);
    await enrol(system, officer, person);
    await office.close();
    const context = await patientBrowser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 } });
    await context.grantPermissions(['camera', 'microphone'], { origin: system.web.origin });
    const patientPage = await context.newPage();
    const { physician, patient } = await meetAs(person, { patientPage, system }, patientName);
    const pages = { physician: person.page, patient: patientPage };
    const views = [new RecordingView(physician), new RecordingView(patient)] as const;
    return new RecordedVisit(system, clips, profile, ...views, pages);
  }

  /** Asks, has the patient say yes, and waits until it is recorded. */
  async record(): Promise<void> {
    await this.#recorder.ask();
    await this.#recorded.answer(true);
    await this.#recorder.line
      .getByText(/^Recording/u)
      .first()
      .waitFor();
    await this.#recorder.closeDialog();
  }

  /** Stops, and waits until all of it is stored. */
  async stop(): Promise<void> {
    await this.#recorder.stopButton.click();
    this.#stored += 1;
    const words = new RegExp(`^${String(this.#stored)} recordings? (?:is|are) stored`, 'u');
    await this.physicianPage.getByText(words).waitFor({ timeout: 120_000 });
  }

  /** Pictures of the other that each side has shown so far. */
  async shown(): Promise<readonly number[]> {
    return await Promise.all(
      [this.physicianPage, this.patientPage].map((page) =>
        page
          .locator('video[aria-label^="Picture of"]')
          .evaluate((video: HTMLVideoElement) => video.getVideoPlaybackQuality().totalVideoFrames),
      ),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const browsers = [this.physicianPage.context(), this.patientPage.context().browser()];
    for (const browser of browsers) {
      await Promise.race([browser?.close(), new Promise((resolve) => setTimeout(resolve, 5_000))]);
    }
    await this.#system[Symbol.asyncDispose]();
    this.#clips[Symbol.dispose]();
    rmSync(this.#profile, { recursive: true, force: true });
  }
}

/** A browser of this process, by a file that it was given. */
function browserProcess(file: string): number {
  const [first, second] = descendants(process.pid).filter(
    ({ command }) => command.includes(file) && !command.includes('--type='),
  );
  if (!first || second) throw new Error('not exactly one browser');
  return first.pid;
}
