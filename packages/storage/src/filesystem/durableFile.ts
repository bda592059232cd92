import { randomBytes } from 'node:crypto';
import { constants, type FileHandle, link, lstat, mkdir, open, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConfigurationError } from '../errors.ts';
import { hasCode } from './faults.ts';

/** Waits until a folder's entries are on disk. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Makes a folder that only we may enter, if there is none; its parent has to be there. */
async function ensureFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (fault) {
    if (!hasCode(fault, 'EEXIST')) throw fault;
    await isPlainFolder(path);
  }
  // Also if it was there: whoever made it may have gone before this.
  await syncFolder(dirname(path));
}

/** Whether there is such a folder. @throws ConfigurationError when it is a link, or no folder */
export async function isPlainFolder(path: string): Promise<boolean> {
  try {
    if ((await lstat(path)).isDirectory()) return true;
  } catch (fault) {
    if (hasCode(fault, 'ENOENT')) return false;
    throw fault;
  }
  throw new ConfigurationError('folder');
}

/**
 * Opens a file to read it. `null` if there is none, or no folder that it could be in.
 *
 * @throws ConfigurationError when its folder is a link, or what has its name is no plain file
 */
export async function openPlainFile(path: string): Promise<{ file: FileHandle; length: number } | null> {
  if (!(await isPlainFolder(dirname(path)))) return null;
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (fault) {
    if (hasCode(fault, 'ENOENT')) return null;
    throw fault;
  }
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new ConfigurationError('noFile');
    return { file, length: found.size };
  } catch (fault) {
    await file.close();
    throw fault;
  }
}

/** A file that nobody sees yet, whole and on disk. */
export interface FinishedFile {
  /** Its number of bytes. */
  readonly length: number;
  /**
   * Makes it visible under a name that must be free. The folder of that name is made if there is none.
   *
   * @returns false if the name is taken
   */
  publish(path: string): Promise<boolean>;
  /** Makes it visible under a name, in the place of what had it. */
  replace(path: string): Promise<void>;
  /** Has to be called at the end, published or not. */
  discard(): Promise<void>;
}

/**
 * Writes a file of a random name into `incoming`, and waits until it is on disk.
 *
 * What `content` or the system throws is thrown on, and nothing is left.
 */
export async function writeUnseen(
  incoming: string,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<FinishedFile> {
  const temporary = join(incoming, randomBytes(16).toString('hex'));
  const file = await open(temporary, 'wx', 0o600);
  let length = 0;
  try {
    try {
      for await (const chunk of content) {
        await file.writeFile(chunk);
        length += chunk.byteLength;
      }
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (fault) {
    await rm(temporary, { force: true });
    throw fault;
  }
  return {
    length,
    async publish(path) {
      await ensureFolder(dirname(path));
      try {
        await link(temporary, path);
      } catch (fault) {
        if (hasCode(fault, 'EEXIST')) return false;
        throw fault;
      }
      await syncFolder(dirname(path));
      return true;
    },
    async replace(path) {
      await ensureFolder(dirname(path));
      await rename(temporary, path);
      await syncFolder(dirname(path));
    },
    discard: () => rm(temporary, { force: true }),
  };
}

/** Removes a file, waits until that is on disk, and removes its folder if it was the last. False if there was none. @throws as `openPlainFile` does */
export async function removeFile(path: string): Promise<boolean> {
  if (!(await isPlainFolder(dirname(path)))) return false;
  try {
    await rm(path);
  } catch (fault) {
    if (hasCode(fault, 'ENOENT')) return false;
    throw fault;
  }
  await syncFolder(dirname(path));
  try {
    await rmdir(dirname(path));
  } catch (fault) {
    if (!hasCode(fault, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) throw fault;
  }
  return true;
}
