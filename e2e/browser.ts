import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from '@playwright/test';
import type { RunningSystem } from './system/runningSystem.ts';

/** What a browser of a test is given in place of a camera and a microphone. */
export interface FakeDevices {
  /** Path of a `.y4m` file for its only camera; without it Chromium draws something. */
  readonly video?: string;
  /** How many cameras, if Chromium draws what they see. */
  readonly cameras?: number;
  /** Path of a `.wav` file. */
  readonly audio: string;
}

const installed = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
];

/** What a browser knows of the system that it visits. */
type BrowsedSystem = Pick<RunningSystem, 'trustedKeys' | 'traffic'>;

const optionsFor = (system: BrowsedSystem | null, devices: readonly string[]) => {
  const trustedKeys = system?.trustedKeys ?? [];
  const executablePath = process.env['SOTTO_CHROMIUM'] ?? installed.find((path) => existsSync(path));
  return {
    ...(executablePath === undefined ? {} : { executablePath }),
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--headless=new',
      '--use-fake-ui-for-media-stream',
      ...devices,
      '--autoplay-policy=no-user-gesture-required',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-renderer-backgrounding',
      '--disable-background-timer-throttling',
      ...(trustedKeys.length === 0 ? [] : [`--ignore-certificate-errors-spki-list=${trustedKeys.join(',')}`]),
    ],
  };
};

const deviceFlags = (devices: FakeDevices): string[] => [
  `--use-fake-device-for-media-stream=fps=30,device-count=${devices.cameras ?? 1}`,
  ...(devices.video === undefined ? [] : [`--use-file-for-fake-video-capture=${devices.video}`]),
  `--use-file-for-fake-audio-capture=${devices.audio}`,
];

/**
 * Starts a Chromium of its own: two of them are two people at two devices.
 *
 * @param system whose certificates are accepted, and who looks at what is asked
 */
export async function launchBrowser(devices: FakeDevices, system: BrowsedSystem | null): Promise<Browser> {
  const browser = await chromium.launch(optionsFor(system, deviceFlags(devices)));
  browser.on('context', (context) => system?.traffic.watch(context));
  return browser;
}

/** A browser that keeps what it keeps in folders that a test may look into. */
export interface Profile {
  /** What the browser itself writes. */
  readonly folder: string;
  /** What its user saves. */
  readonly downloads: string;
}

/**
 * Starts a Chromium as a person has it, with a profile on disk: contexts that a test opens keep everything in the browser
 * process's memory, private files too, which costs more time.
 *
 * @param devices null where its pages bring their own
 */
export async function launchProfile(
  { folder, downloads }: Profile,
  devices: FakeDevices | null,
  system: BrowsedSystem,
  context: BrowserContextOptions,
): Promise<BrowserContext> {
  const flags = devices === null ? ['--use-fake-device-for-media-stream'] : deviceFlags(devices);
  const options = optionsFor(system, flags);
  const opened = await chromium.launchPersistentContext(folder, { ...options, ...context, downloadsPath: downloads });
  system.traffic.watch(opened);
  return opened;
}
