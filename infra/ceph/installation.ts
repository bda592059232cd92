import { existsSync } from 'node:fs';
import { StartError } from '../errors.ts';
import { installDebianPackages } from '../process/debianPackages.ts';
import { debianLock } from '../worker/cacheFolder.ts';

const packages = ['radosgw', 'ceph-mon', 'ceph-osd'] as const;
const programs = ['ceph-authtool', 'monmaptool', 'ceph-mon', 'ceph-osd', 'ceph', 'radosgw', 'radosgw-admin'] as const;
const aptGet = '/usr/bin/apt-get';

const areThere = (): boolean => programs.every((name) => existsSync(`/usr/bin/${name}`));

/**
 * Sees to it that Ceph is there: Debian's packages, where installing them is ours to do. About 64 MB, once.
 *
 * @throws StartError that names the packages
 */
export async function ensureCeph(): Promise<void> {
  if (areThere()) return;
  if (process.getuid?.() === 0 && existsSync(aptGet)) {
    const signal = AbortSignal.timeout(600_000);
    await installDebianPackages({ aptGet, packages, lock: debianLock(), signal, report: () => undefined });
  }
  if (!areThere()) throw new StartError(`Ceph is missing: apt-get install ${packages.join(' ')}, then try again.`);
}
