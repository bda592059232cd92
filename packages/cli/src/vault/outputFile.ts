import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises';
import { notDone } from '../errors.ts';
import { Temporary } from './temporary.ts';

/** Opens a file that isn't there yet. */
const create = async (path: string): Promise<FileHandle> => {
  try {
    return await open(path, 'wx', 0o600);
  } catch {
    throw notDone(`${path} can't be made, or is there already.`);
  }
};

/** Refuses to go on when anything is at `path`: a file, a folder, a link to nowhere, a device. */
export const refuseExisting = async (path: string): Promise<void> => {
  const found = await lstat(path).catch(() => null);
  if (found !== null) throw notDone(`${path} is there already.`);
};

/**
 * Writes content, or nothing: a file appears under its name only when `fill` has come to its end, and never in the
 * place of another.
 *
 * @throws CommandError when something is there already; whatever `fill` throws
 */
export const writeOutput = async <T>(path: string, fill: (file: FileHandle) => Promise<T>): Promise<T> => {
  await refuseExisting(path);
  const file = await create(`${path}.unfinished`);
  await using unfinished = new Temporary(`${path}.unfinished`);
  let filled: T;
  try {
    filled = await fill(file);
    await file.sync();
  } finally {
    await file.close();
  }
  // Not link(), which some file systems lack: the name is taken first, so that rename() replaces nothing but that.
  await (await create(path)).close();
  try {
    await rename(unfinished.path, path);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return filled;
};
