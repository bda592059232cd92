import { type FileHandle, open, rename } from 'node:fs/promises';
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

/**
 * Writes content, or nothing: a file appears under its name only when `fill` has come to its end.
 *
 * @throws whatever `fill` throws
 */
export const writeOutput = async <T>(path: string, fill: (file: FileHandle) => Promise<T>): Promise<T> => {
  const file = await create(`${path}.unfinished`);
  await using unfinished = new Temporary(`${path}.unfinished`);
  let filled: T;
  try {
    filled = await fill(file);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished.path, path);
  return filled;
};
