import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cancelled } from '../errors.ts';
import { tryLock, withLock } from './processLock.ts';

let folder = '';
let lock = '';
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-lock-'));
  lock = join(folder, 'lock');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Another process that takes the lock, says so, and keeps it until it's ended. */
async function holder(): Promise<ChildProcess> {
  const source = pathToFileURL(join(import.meta.dirname, 'processLock.ts')).href;
  const program = `import { tryLock } from '${source}'; console.log(tryLock(process.argv[1]).tag); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, lock], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  expect(said.toString().trim()).toBe('held');
  return child;
}

const patient = { onWait: () => undefined, signal: new AbortController().signal };

describe('a lock between processes', () => {
  it('is held by one and names it to others', async () => {
    const child = await holder();
    expect(tryLock(lock)).toEqual({ tag: 'busy', pid: child.pid });
  });

  it('is free again after its release, and leaves nothing behind', () => {
    const first = tryLock(lock);
    expect(first.tag).toBe('held');
    expect(tryLock(lock)).toEqual({ tag: 'busy', pid: process.pid });
    if (first.tag === 'held') first.release();
    expect(readdirSync(folder)).toEqual([]);
    expect(tryLock(lock).tag).toBe('held');
  });

  it('does not outlive its process, however that ended', async () => {
    const child = await holder();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(lock)).toBe(true);
    expect(tryLock(lock).tag).toBe('held');
  });

  it('is not mistaken for a later process with the same number', () => {
    writeFileSync(lock, JSON.stringify({ pid: process.pid, birthmark: 'another boot/1', id: 'a' }));
    expect(tryLock(lock).tag).toBe('held');
  });

  it.each(['', 'not json', '{"pid":1}'])('is free if the file holds %j', (content) => {
    writeFileSync(lock, content);
    expect(tryLock(lock).tag).toBe('held');
  });

  it('a release after the lock went to somebody else takes nothing away', async () => {
    const first = tryLock(lock);
    rmSync(lock);
    const child = await holder();
    if (first.tag === 'held') first.release();
    expect(tryLock(lock)).toEqual({ tag: 'busy', pid: child.pid });
  });

  it('lets one act at a time', async () => {
    let inside = 0;
    let most = 0;
    const act = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withLock(lock, patient, act)));
    expect(most).toBe(1);
  });

  it('tells whom it waits for, and stops waiting when asked', async () => {
    const child = await holder();
    const asked = new AbortController();
    const seen: number[] = [];
    const onWait = (pid: number) => {
      seen.push(pid);
      asked.abort();
    };
    const waiting = withLock(lock, { onWait, signal: asked.signal }, async () => 'acted');
    await expect(waiting).rejects.toThrow(Cancelled);
    expect(seen).toEqual([child.pid]);
  });

  it('is released when the act fails', async () => {
    await expect(withLock(lock, patient, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(tryLock(lock).tag).toBe('held');
  });
});
