import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as z from 'zod';

/** What a native program must match to run here. */
export interface Target {
  platform: string;
  arch: string;
  /** On Linux the C library and its version, such as `glibc2.36`; elsewhere empty. */
  libc: string;
}

const reportHeader = z.object({ glibcVersionRuntime: z.string().optional() });

/** This machine. A Linux without glibc counts as musl. */
export function thisMachine(): Target {
  const { platform, arch } = process;
  if (platform !== 'linux') return { platform, arch, libc: '' };
  const { header } = z.object({ header: reportHeader }).parse(process.report.getReport());
  return { platform, arch, libc: header.glibcVersionRuntime ? `glibc${header.glibcVersionRuntime}` : 'musl' };
}

/** The version that the SFU depends on counts, so it is looked up from there. */
const packageName = 'mediasoup';

/** The installed mediasoup package: where it lies and which version it is. */
export function mediasoupPackage(repository: string): { folder: string; version: string } {
  const require = createRequire(join(repository, 'apps/sfu/package.json'));
  // Its `exports` hide package.json; the entry lies two folders down.
  const folder = join(require.resolve(packageName), '../../..');
  return { folder, version: z.object({ version: z.string() }).parse(require(join(folder, 'package.json'))).version };
}

/** Where in the cache the worker of a version for a target lies. */
export function workerPath(cache: string, version: string, target: Target): string {
  const key = [version, target.platform, target.arch, ...(target.libc ? [target.libc] : [])].join('-');
  return join(cache, 'mediasoup-worker', key, 'mediasoup-worker');
}
