import { existsSync } from 'node:fs';
import { StartError } from '../errors.ts';
import { debianLock } from '../worker/cacheFolder.ts';
import { installDebianPackages } from './debianPackages.ts';
import { programOnPath } from './programOnPath.ts';

const aptGet = '/usr/bin/apt-get';

export interface DebianPrograms {
  /** What they are called together, at the beginning of a sentence. */
  readonly name: string;
  readonly packages: readonly string[];
  /** Names on the path. */
  readonly programs: readonly string[];
}

/**
 * Sees to it that programs are there: Debian's packages, where installing them is ours to do.
 *
 * @throws StartError that names the packages
 */
export async function ensureDebianPrograms({ name, packages, programs }: DebianPrograms): Promise<void> {
  const areThere = (): boolean => programs.every((program) => programOnPath(program) !== null);
  if (areThere()) return;
  if (process.getuid?.() === 0 && existsSync(aptGet)) {
    const signal = AbortSignal.timeout(600_000);
    await installDebianPackages({ aptGet, packages, lock: debianLock(), signal, report: () => undefined });
  }
  if (!areThere()) throw new StartError(`${name} is missing: apt-get install ${packages.join(' ')}, then try again.`);
}
