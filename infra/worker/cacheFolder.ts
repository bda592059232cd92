import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where things live that are costly to make and can be made again: outside `node_modules`, shared by every checkout
 * of this user. `SOTTO_CACHE` overrides it; then the XDG base directory counts.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env['SOTTO_CACHE']) return resolve(env['SOTTO_CACHE']);
  return join(env['XDG_CACHE_HOME'] ? resolve(env['XDG_CACHE_HOME']) : join(homedir(), '.cache'), 'sotto');
}

/** By which installations of Debian packages wait for each other. */
export const debianLock = (): string => join(cacheFolder(), 'debian-packages.lock');
