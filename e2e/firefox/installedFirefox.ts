import puppeteer, { type Browser } from 'puppeteer-core';
import { freePort } from '../system/freePort.ts';
import { Marionette } from './marionette.ts';

const preferences = {
  'intl.accept_languages': 'en-GB',
  'media.autoplay.blocking_policy': 0,
  'media.autoplay.default': 0,
  'media.navigator.permission.disabled': true,
  'media.navigator.streams.fake': true,
  'permissions.default.camera': 1,
  'permissions.default.microphone': 1,
};

/** What a person would press or hold a finger on: an authenticator of the browser's own, and a yes to keeping what is stored. */
const ofPerson = {
  'dom.storageManager.prompt.testing': true,
  'dom.storageManager.prompt.testing.allow': true,
  'security.webauth.webauthn_enable_softtoken': true,
  'security.webauth.webauthn_enable_usbtoken': false,
};

/**
 * Starts the installed Firefox, driven over WebDriver BiDi. Its camera and microphone are of its own invention: a
 * picture whose colour changes, and a tone. It accepts any certificate, and so is for our own servers only.
 */
export const launchFirefox = (): Promise<Browser> => launch([], {});

/** As `launchFirefox`, with a fingerprint reader that says yes at once. */
export async function launchFirefoxWithAuthenticator(): Promise<Browser> {
  const port = await freePort();
  const browser = await launch(['-marionette'], { ...ofPerson, 'marionette.port': port });
  try {
    // Firefox ends when this line does.
    const marionette = await Marionette.connect(port);
    await marionette.addAuthenticator();
    return browser;
  } catch (error) {
    await browser.close();
    throw error;
  }
}

const launch = (args: string[], more: Record<string, boolean | number>): Promise<Browser> =>
  puppeteer.launch({
    ...{ browser: 'firefox', headless: true, acceptInsecureCerts: true, args },
    executablePath: process.env['SOTTO_FIREFOX'] ?? '/usr/bin/firefox-esr',
    extraPrefsFirefox: { ...preferences, ...more },
  });
