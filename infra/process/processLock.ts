import { randomBytes } from 'node:crypto';
import { linkSync, renameSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { Cancelled } from '../errors.ts';
import { createAtomic, hasCode, readIfThere } from '../files/atomicFile.ts';
import { birthmark, isRunning } from './liveProcess.ts';

const holderSchema = z.strictObject({ pid: z.int().positive(), birthmark: z.string(), id: z.string() });
type Holder = z.infer<typeof holderSchema>;

export type LockVerdict = { tag: 'held'; release: () => void } | { tag: 'busy'; pid: number };

function holderOf(text: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  return isRunning(holder.pid) && birthmark(holder.pid) === holder.birthmark;
}

/** Takes away a lock whose process is gone, unless another process was quicker and holds it by now. */
function breakStale(path: string, seen: string): void {
  const aside = `${path}.${randomBytes(6).toString('hex')}.stale`;
  try {
    renameSync(path, aside);
  } catch (fault) {
    if (hasCode(fault, 'ENOENT')) return;
    throw fault;
  }
  try {
    // Between our reading and renaming, a live process may have replaced the stale lock: then it goes back.
    if (readIfThere(aside) !== seen) linkSync(aside, path);
  } catch (fault) {
    if (!hasCode(fault, 'EEXIST')) throw fault;
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * Takes a lock file for this process. A lock whose process has ended, however it ended, doesn't count.
 *
 * @param path the lock file; its folder is made if there is none
 */
export function tryLock(path: string): LockVerdict {
  const id = randomBytes(12).toString('hex');
  const mine: Holder = { pid: process.pid, birthmark: birthmark(process.pid), id };
  for (;;) {
    if (createAtomic(path, `${JSON.stringify(mine)}\n`)) {
      return {
        tag: 'held',
        release: () => {
          if (holderOf(readIfThere(path) ?? '')?.id === id) rmSync(path, { force: true });
        },
      };
    }
    const text = readIfThere(path);
    if (text === undefined) continue;
    const holder = holderOf(text);
    if (holder && isAlive(holder)) return { tag: 'busy', pid: holder.pid };
    breakStale(path, text);
  }
}

/** The live process that holds a lock file, if one does. */
export function lockHolder(path: string): number | undefined {
  const holder = holderOf(readIfThere(path) ?? '');
  return holder && isAlive(holder) ? holder.pid : undefined;
}

/**
 * Does something while holding a lock, after whoever holds it now.
 *
 * @param onWait called once if somebody else holds the lock
 * @throws Cancelled when `signal` fires while waiting
 */
export async function withLock<T>(
  path: string,
  options: { onWait: (pid: number) => void; signal: AbortSignal },
  act: () => Promise<T>,
): Promise<T> {
  let verdict = tryLock(path);
  if (verdict.tag === 'busy') options.onWait(verdict.pid);
  while (verdict.tag === 'busy') {
    await delay(250);
    if (options.signal.aborted) throw new Cancelled();
    verdict = tryLock(path);
  }
  try {
    return await act();
  } finally {
    verdict.release();
  }
}
