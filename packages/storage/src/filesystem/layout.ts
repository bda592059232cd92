import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError, UnavailableError } from '../errors.ts';
import { type PartName, readPartName } from '../partName.ts';
import { hasCode } from './faults.ts';

/** The file that says that a folder is a store (SPEC.md section 4). */
export const marker = 'sotto-storage-1';
export const folders = ['parts', 'promises', 'incoming'] as const;

export const incomingPath = (root: string): string => join(root, 'incoming');

/** Where a part's bytes are. @throws ArgumentError */
export function partPath(root: string, name: PartName): string {
  const { folder, file } = readPartName(name);
  return join(root, 'parts', folder, file);
}

/** Where it stands what was promised of a part. @throws ArgumentError */
export function promisePath(root: string, name: PartName): string {
  const { folder, file } = readPartName(name);
  return join(root, 'promises', folder, file);
}

async function found(path: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (fault) {
    if (hasCode(fault, 'ENOENT')) return null;
    throw fault;
  }
}

/**
 * Checks that a store is there with all of its folders: without that, what isn't found may be there all the same.
 *
 * @throws UnavailableError when there is no store: its disk may not be there
 * @throws ConfigurationError when one of its folders has gone, is a link, or others than we may enter it
 */
export async function checkStore(root: string): Promise<void> {
  if ((await found(join(root, marker))) === null) throw new UnavailableError('noStore');
  for (const name of folders) {
    const folder = await found(join(root, name));
    if (folder?.isDirectory() !== true) throw new ConfigurationError('folder');
    if ((folder.mode & 0o077) !== 0) throw new ConfigurationError('permissions');
  }
}
