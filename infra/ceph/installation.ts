import { ensureDebianPrograms } from '../process/debianPrograms.ts';

const packages = ['radosgw', 'ceph-mon', 'ceph-osd'] as const;
const programs = ['ceph-authtool', 'monmaptool', 'ceph-mon', 'ceph-osd', 'ceph', 'radosgw', 'radosgw-admin'] as const;

/**
 * Sees to it that Ceph is there: Debian's packages, where installing them is ours to do. About 64 MB, once.
 *
 * @throws StartError that names the packages
 */
export const ensureCeph = (): Promise<void> => ensureDebianPrograms({ name: 'Ceph', packages, programs });
