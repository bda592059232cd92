import { runCommand } from './command.ts';
import { withLock } from './processLock.ts';

const systemTools = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
const minute = 60_000;

export interface DebianInstall {
  /** Absolute path of apt-get. */
  aptGet: string;
  packages: readonly string[];
  /** File by which several installations of ours wait for each other; apt-get gives up instead. */
  lock: string;
  signal: AbortSignal;
  report: (detail: string) => void;
}

/**
 * Installs Debian packages; takes root. Waits for whoever else installs, up to 15 minutes.
 *
 * @returns whether they are there now
 * @throws Cancelled if `signal` fired while waiting
 */
export async function installDebianPackages(install: DebianInstall): Promise<boolean> {
  const { aptGet, packages, lock, signal, report } = install;
  const options = { env: systemTools, signal };
  const onWait = (pid: number) => report(`waiting for process ${pid}, which is installing packages`);
  return withLock(lock, { onWait, signal }, async () => {
    report(`installing ${packages.length === 1 ? (packages[0] ?? '') : `${packages.length} Debian packages`}`);
    await runCommand(aptGet, ['update', '-q'], { ...options, timeoutMs: 5 * minute });
    const wait = ['-o', 'DPkg::Lock::Timeout=900'];
    const result = await runCommand(aptGet, [...wait, 'install', '-y', '-q', '--no-install-recommends', ...packages], {
      ...options,
      timeoutMs: 30 * minute,
    });
    return result.tag === 'ended' && result.code === 0;
  });
}
