import puppeteer, { type Browser } from 'puppeteer-core';

/**
 * Starts the installed Firefox, driven over WebDriver BiDi. Its camera and microphone are of its own invention: a
 * picture whose colour changes, and a tone. It accepts any certificate, and so is for our own servers only.
 */
export async function launchFirefox(): Promise<Browser> {
  return await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env['SOTTO_FIREFOX'] ?? '/usr/bin/firefox-esr',
    headless: true,
    acceptInsecureCerts: true,
    extraPrefsFirefox: {
      'intl.accept_languages': 'en-GB',
      'media.autoplay.blocking_policy': 0,
      'media.autoplay.default': 0,
      'media.navigator.permission.disabled': true,
      'media.navigator.streams.fake': true,
      'permissions.default.camera': 1,
      'permissions.default.microphone': 1,
    },
  });
}
