import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from '@playwright/test';
import { launchProfile, type Profile } from '../browser.ts';
import { close } from '../fixtures.ts';
import type { RunningSystem } from '../system/runningSystem.ts';
import { giveWallClip } from './wallClip.ts';

/** Somebody's computer or telephone: a browser with its profile on disk, a camera and a microphone. */
export class Device implements AsyncDisposable {
  readonly context: BrowserContext;
  readonly #folder: string;
  readonly #profile: Profile;
  #isOn = true;

  private constructor(folder: string, profile: Profile, context: BrowserContext) {
    this.#folder = folder;
    this.#profile = profile;
    this.context = context;
  }

  /** @param epoch as for `giveWallClip` */
  static async turnOn(
    system: RunningSystem,
    { clip, epoch, width, height }: { clip: number; epoch: number; width: number; height: number },
  ): Promise<Device> {
    const folder = mkdtempSync(join(tmpdir(), 'sotto-device-'));
    const profile = { folder: join(folder, 'profile'), downloads: join(folder, 'saved') };
    for (const path of Object.values(profile)) mkdirSync(path);
    const view = { locale: 'en-GB', viewport: { width, height } };
    const context = await launchProfile(profile, null, system, view);
    await context.grantPermissions(['camera', 'microphone', 'clipboard-read', 'clipboard-write'], {
      origin: system.web.origin,
    });
    await giveWallClip(context, clip, epoch);
    return new Device(folder, profile, context);
  }

  /** Where the browser keeps everything. */
  get profile(): string {
    return this.#profile.folder;
  }

  /** Copies what lies on the disk at this moment. @returns where to */
  freeze(): string {
    const copy = join(this.#folder, 'frozen');
    // Chromium's lock is a link to nothing, and its socket can't be copied.
    cpSync(this.profile, copy, { recursive: true, filter: (path) => !/\/Singleton\w+$/u.test(path) });
    return copy;
  }

  /** Closes the browser; the disk stays as it is. */
  async turnOff(): Promise<void> {
    if (this.#isOn) await close(this.context);
    this.#isOn = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.turnOff();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
