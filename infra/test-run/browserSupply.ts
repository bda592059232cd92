import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../errors.ts';
import { runCommand } from '../process/command.ts';
import { installDebianPackages } from '../process/debianPackages.ts';
import { cacheFolder, debianLock } from '../worker/cacheFolder.ts';

const installed = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const aptGet = '/usr/bin/apt-get';
const minute = 60_000;

async function runs(path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  const result = await runCommand(path, ['--version', '--no-sandbox'], { env: process.env, timeoutMs: minute });
  return result.tag === 'ended' && result.code === 0;
}

async function fromDebian(name: string, report: (detail: string) => void): Promise<string | undefined> {
  if (!existsSync(aptGet) || process.getuid?.() !== 0) return undefined;
  const signal = new AbortController().signal;
  await installDebianPackages({ aptGet, packages: [name], lock: debianLock(), signal, report });
  const path = `/usr/bin/${name}`;
  return (await runs(path)) ? path : undefined;
}

async function fromPlaywright(repository: string, report: (detail: string) => void): Promise<string | undefined> {
  report('downloading Chromium with Playwright');
  const env = { ...process.env, PLAYWRIGHT_BROWSERS_PATH: join(cacheFolder(), 'browsers') };
  const cwd = join(repository, 'e2e');
  const cli = join(repository, 'node_modules', '@playwright', 'test', 'cli.js');
  await runCommand(process.execPath, [cli, 'install', '--no-shell', 'chromium'], { cwd, env, timeoutMs: 15 * minute });
  const script = `import { chromium } from '@playwright/test'; process.stdout.write(chromium.executablePath())`;
  const answer = await runCommand(process.execPath, ['--input-type=module', '--eval', script], { cwd, env });
  return answer.tag === 'ended' && (await runs(answer.stdout)) ? answer.stdout : undefined;
}

/**
 * A Chromium that runs on this machine: the one that `SOTTO_CHROMIUM` names, else an installed one, else Debian's
 * package where installing it is ours to do, else Playwright's download.
 *
 * @param repository the checkout
 * @throws StartError if there is no way to get one; it says what to do
 */
export async function ensureBrowser(repository: string, report: (detail: string) => void): Promise<string> {
  const named = process.env['SOTTO_CHROMIUM'];
  if (named) {
    if (await runs(named)) return named;
    throw new StartError('SOTTO_CHROMIUM names no browser that runs on this machine: correct or unset it.');
  }
  for (const path of installed) if (await runs(path)) return path;
  const path = (await fromDebian('chromium', report)) ?? (await fromPlaywright(repository, report));
  if (path !== undefined) return path;
  throw new StartError(
    'The tests need Chromium or Chrome: install one (Debian: sudo apt-get install chromium), or name it in SOTTO_CHROMIUM.',
  );
}

const installedFirefox = [
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  '/snap/bin/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
];

/**
 * A Firefox that runs on this machine: the one that `SOTTO_FIREFOX` names, else an installed one, else Debian's package
 * where installing it is ours to do.
 *
 * @throws StartError if there is no way to get one; it says what to do
 */
export async function ensureFirefox(report: (detail: string) => void): Promise<string> {
  const named = process.env['SOTTO_FIREFOX'];
  if (named) {
    if (await runs(named)) return named;
    throw new StartError('SOTTO_FIREFOX names no browser that runs on this machine: correct or unset it.');
  }
  for (const path of installedFirefox) if (await runs(path)) return path;
  const path = await fromDebian('firefox-esr', report);
  if (path !== undefined) return path;
  throw new StartError(
    'The tests need Firefox: install it (Debian: sudo apt-get install firefox-esr), or name it in SOTTO_FIREFOX.',
  );
}
