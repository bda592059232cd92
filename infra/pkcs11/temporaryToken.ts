import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartError } from '../errors.ts';
import { runCommand } from '../process/command.ts';
import { ensurePkcs11Addon } from './ensureAddon.ts';

/** A SoftHSM 2 token for one test run. */
export interface TemporaryToken {
  /** Path of the module. */
  readonly module: string;
  /** The token's label. */
  readonly token: string;
  readonly pin: string;
  /** Value of `SOFTHSM2_CONF`, which the module reads when it is initialised. */
  readonly configuration: string;
  /** Takes the token away, as a pulled plug would. */
  unplug(): void;
  /** Removes everything. */
  remove(): void;
}

const library = '/usr/lib/softhsm/libsofthsm2.so';
const tools = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };

async function ensureSoftHsm(): Promise<void> {
  if (existsSync(library)) return;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const install = ['-o', 'DPkg::Lock::Timeout=120', 'install', '-y', '--no-install-recommends', 'softhsm2'];
    await runCommand('apt-get', install, { env: tools, timeoutMs: 300_000 });
  }
  if (!existsSync(library)) throw new StartError('SoftHSM 2 is missing: apt-get install softhsm2, then try again.');
}

/**
 * Makes a token in a new temporary folder; installs SoftHSM 2 where that is missing and ours to do.
 *
 * @throws StartError with the reason and what to do
 */
export async function createTemporaryToken(): Promise<TemporaryToken> {
  await Promise.all([ensureSoftHsm(), ensurePkcs11Addon()]);
  const folder = mkdtempSync(join(tmpdir(), 'sotto-token-'));
  const tokens = join(folder, 'tokens');
  mkdirSync(tokens, { mode: 0o700 });
  const configuration = join(folder, 'softhsm2.conf');
  writeFileSync(configuration, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  const token = `sotto-${randomBytes(4).toString('hex')}`;
  const pin = randomBytes(8).toString('hex');
  const made = await runCommand(
    'softhsm2-util',
    ['--init-token', '--free', '--label', token, '--pin', pin, '--so-pin', randomBytes(8).toString('hex')],
    { env: { ...tools, SOFTHSM2_CONF: configuration } },
  );
  if (made.tag !== 'ended' || made.code !== 0) throw new StartError('SoftHSM 2 could not make a token.');
  return {
    module: library,
    token,
    pin,
    configuration,
    unplug: () => rmSync(tokens, { recursive: true, force: true }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
