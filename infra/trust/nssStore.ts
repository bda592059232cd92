import { existsSync, globSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CommandResult, runCommand } from '../process/command.ts';
import type { AuthorityFile } from './authorityFile.ts';
import type { Change, TrustStore } from './trustStore.ts';

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'];

const databases = [
  { name: 'Chromium and Chrome', pattern: '.pki/nssdb/cert9.db' },
  { name: 'Chromium (snap)', pattern: 'snap/chromium/current/.pki/nssdb/cert9.db' },
  { name: 'Firefox', pattern: '.mozilla/firefox/*/cert9.db' },
  { name: 'Firefox', pattern: '.config/mozilla/firefox/*/cert9.db' },
  { name: 'Firefox (snap)', pattern: 'snap/firefox/common/.mozilla/firefox/*/cert9.db' },
  { name: 'Firefox (flatpak)', pattern: '.var/app/org.mozilla.firefox/.mozilla/firefox/*/cert9.db' },
  { name: 'Firefox', pattern: 'Library/Application Support/Firefox/Profiles/*/cert9.db' },
];

const missing: Change = {
  tag: 'skipped',
  sentence:
    'certutil is not installed; get it (Debian: sudo apt-get install libnss3-tools, Fedora: sudo dnf install nss-tools, ' +
    'macOS: brew install nss), then run this again',
};

function certutil(folder: string, home: string, args: readonly string[]): Promise<CommandResult> {
  return runCommand('certutil', ['-d', `sql:${folder}`, ...args], {
    env: { PATH: process.env['PATH'], HOME: home },
    timeoutMs: 20_000,
  });
}

/**
 * A browser's NSS database.
 *
 * @param folder where its `cert9.db` lies, or will lie
 */
export function nssStore(name: string, folder: string, home: string): TrustStore {
  const run = (...args: string[]) => certutil(folder, home, args);
  const succeeded = (result: CommandResult) => result.tag === 'ended' && result.code === 0;
  const contains = async (authority: AuthorityFile) => {
    if (!existsSync(join(folder, 'cert9.db'))) return false;
    const result = await run('-L', '-a', '-n', authority.name);
    return result.tag === 'ended' && result.stdout.replaceAll('\r', '').trim() === authority.pem.trim();
  };
  const change = async (...args: string[]): Promise<Change> => {
    const result = await run(...args);
    if (result.tag === 'notFound') return missing;
    const reason = result.output.split('\n', 1)[0] ?? '';
    return succeeded(result)
      ? { tag: 'done' }
      : { tag: 'skipped', sentence: `certutil refused (${reason}); close the browser and run this again` };
  };
  return {
    name: `${name} (${folder})`,
    contains,
    add: async (authority) => {
      if (await contains(authority)) return { tag: 'already' };
      if (!existsSync(join(folder, 'cert9.db'))) {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        const made = await change('-N', '--empty-password');
        if (made.tag !== 'done') return made;
      }
      return change('-A', '-n', authority.name, '-t', 'C,,', '-i', authority.path);
    },
    remove: async (authority) => {
      if (!(await contains(authority))) return { tag: 'already' };
      return change('-D', '-n', authority.name);
    },
  };
}

/** The NSS databases of a person's browsers; Chromium's also where Chromium has not been started yet. */
export function nssStores(home: string): TrustStore[] {
  const found = databases.flatMap(({ name, pattern }) =>
    globSync(pattern, { cwd: home }).map((path) => nssStore(name, join(home, dirname(path)), home)),
  );
  const chromium = join(home, '.pki/nssdb');
  if (!existsSync(join(chromium, 'cert9.db')) && browsers.some((path) => existsSync(path))) {
    found.push(nssStore('Chromium and Chrome', chromium, home));
  }
  return found;
}
