import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Whether a fault is the system's with this code, such as `ENOENT`. */
export function hasCode(fault: unknown, code: string): boolean {
  return fault instanceof Error && 'code' in fault && fault.code === code;
}

function writeTemporary(path: string, content: string, mode: number): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const descriptor = openSync(temporary, 'wx', mode);
  try {
    writeFileSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  // The umask may have taken bits away from what a public file needs.
  chmodSync(temporary, mode);
  return temporary;
}

/** The text of a file, or undefined if there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (fault) {
    if (hasCode(fault, 'ENOENT')) return undefined;
    throw fault;
  }
}

/**
 * Writes a file so that a reader sees the old or the new content, never a part.
 *
 * @param mode permission bits; by default the owner alone may read it
 */
export function writeAtomic(path: string, content: string, mode = 0o600): void {
  const temporary = writeTemporary(path, content, mode);
  try {
    renameSync(temporary, path);
  } catch (fault) {
    rmSync(temporary, { force: true });
    throw fault;
  }
}

/**
 * Writes a file that must not exist yet.
 *
 * @returns whether it was written; false if somebody else was first
 */
export function createAtomic(path: string, content: string, mode = 0o600): boolean {
  const temporary = writeTemporary(path, content, mode);
  try {
    linkSync(temporary, path);
    return true;
  } catch (fault) {
    if (hasCode(fault, 'EEXIST')) return false;
    throw fault;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * The content of a file that is made once and then kept: keys, ids, passwords. The owner alone may read it.
 *
 * @param make its content, asked for only if there is none
 */
export async function keptFile(path: string, make: () => string | Promise<string>): Promise<string> {
  const kept = readIfThere(path);
  if (kept !== undefined) {
    chmodSync(path, 0o600);
    return kept;
  }
  const made = await make();
  return createAtomic(path, made) ? made : readFileSync(path, 'utf8');
}
