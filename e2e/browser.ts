import { existsSync } from 'node:fs';
import { type Browser, chromium } from '@playwright/test';

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

/**
 * Starts a Chromium of its own: two of them are two people at two devices.
 *
 * @param trustedKeys SHA-256 of public keys (SPKI, base64) whose certificates are accepted
 */
export async function launchBrowser(devices: FakeDevices, trustedKeys: readonly string[]): Promise<Browser> {
  const executablePath = process.env['SOTTO_CHROMIUM'] ?? installed.find((path) => existsSync(path));
  return await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--headless=new',
      '--use-fake-ui-for-media-stream',
      `--use-fake-device-for-media-stream=fps=30,device-count=${devices.cameras ?? 1}`,
      ...(devices.video === undefined ? [] : [`--use-file-for-fake-video-capture=${devices.video}`]),
      `--use-file-for-fake-audio-capture=${devices.audio}`,
      '--autoplay-policy=no-user-gesture-required',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-renderer-backgrounding',
      '--disable-background-timer-throttling',
      ...(trustedKeys.length === 0 ? [] : [`--ignore-certificate-errors-spki-list=${trustedKeys.join(',')}`]),
    ],
  });
}
