import { existsSync, readFileSync } from 'node:fs';
import { StartError } from '../errors.ts';
import { runCommand } from '../process/command.ts';
import { installDebianPackages } from '../process/debianPackages.ts';
import { debianLock } from './cacheFolder.ts';

/** Debian's packages that the worker is compiled with. */
export const buildPackages = [
  'g++',
  'make',
  'pkg-config',
  'flatbuffers-compiler',
  'libflatbuffers-dev',
  'libuv1-dev',
  'libssl-dev',
  'libsrtp2-dev',
  'libabsl-dev',
] as const;

/** Debian's package manager, and whether we may use it. */
export interface PackageSystem {
  dpkgQuery: string;
  aptGet: string;
  /** See `DebianInstall`. */
  lock: string;
  isRoot: boolean;
}

const thisSystem = (): PackageSystem => ({
  dpkgQuery: '/usr/bin/dpkg-query',
  aptGet: '/usr/bin/apt-get',
  lock: debianLock(),
  isRoot: process.getuid?.() === 0,
});

const tools = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };

/** The packages of the list that aren't installed. On a system without dpkg: all of them. */
async function missingPackages(dpkgQuery: string, signal: AbortSignal): Promise<string[]> {
  const installed = await runCommand(
    dpkgQuery,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is dpkg-query's own format
    ['-W', '-f', '${db:Status-Status} ${binary:Package}\\n', ...buildPackages],
    { env: tools, signal },
  );
  if (installed.tag !== 'ended') return [...buildPackages];
  const names = new Set(
    installed.stdout
      .split('\n')
      .filter((line) => line.startsWith('installed '))
      .map((line) => line.slice('installed '.length).split(':', 1)[0]),
  );
  return buildPackages.filter((name) => !names.has(name));
}

/** The name that the system gives itself in os-release(5), such as "Fedora Linux 41". */
function systemName(): string {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? process.platform;
}

/**
 * Sees to it that the compiler and the libraries are there, installing what is missing where that is ours to do: as
 * root on Debian and its kin.
 *
 * @throws StartError that names the packages to install
 */
export async function ensureToolchain(
  report: (detail: string) => void,
  signal: AbortSignal,
  { dpkgQuery, aptGet, lock, isRoot }: PackageSystem = thisSystem(),
): Promise<void> {
  const missing = await missingPackages(dpkgQuery, signal);
  if (missing.length === 0) return;
  if (!existsSync(aptGet)) {
    throw new StartError(
      `The media worker could neither be downloaded from GitHub nor built on ${systemName()}: let this machine ` +
        'reach github.com, or set MEDIASOUP_WORKER_BIN to a worker of the version that package-lock.json names.',
    );
  }
  const install = `apt-get install ${missing.join(' ')}`;
  if (!isRoot) {
    throw new StartError(
      `The media worker could not be downloaded from GitHub and building it needs packages: sudo ${install}`,
    );
  }
  if (!(await installDebianPackages({ aptGet, packages: missing, lock, signal, report }))) {
    throw new StartError(`The packages to build the media worker could not be installed; run it by hand: ${install}`);
  }
}
