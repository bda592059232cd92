import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildPackages, ensureToolchain } from './toolchain.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-toolchain-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A package manager that has some packages, and notes what it is asked for. */
function system({
  installed,
  isRoot,
  fails = false,
}: {
  installed: readonly string[];
  isRoot: boolean;
  fails?: boolean;
}) {
  const script = (name: string, body: string) => {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    return path;
  };
  const lines = installed.map((name) => `echo "installed ${name}:amd64"`).join('\n');
  return {
    dpkgQuery: script('dpkg-query', `${lines}\necho "config-files make:amd64"\nexit 1`),
    aptGet: script('apt-get', `echo "$@" >> ${folder}/asked\nexit ${fails ? 100 : 0}`),
    lock: join(folder, 'apt.lock'),
    isRoot,
  };
}

const asked = () =>
  existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n') : [];
const ensure = (with_: ReturnType<typeof system>) =>
  ensureToolchain(() => undefined, new AbortController().signal, with_);
const allBut = (...names: string[]) => buildPackages.filter((name) => !names.includes(name));

describe('the compiler and its libraries', { timeout: 30_000 }, () => {
  it('are left alone when they are there', async () => {
    await ensure(system({ installed: buildPackages, isRoot: true }));
    expect(asked()).toEqual([]);
  });

  it('are completed by root', async () => {
    await ensure(system({ installed: allBut('make', 'libabsl-dev'), isRoot: true }));
    expect(asked()).toEqual([
      'update -q',
      '-o DPkg::Lock::Timeout=900 install -y -q --no-install-recommends make libabsl-dev',
    ]);
  });

  it('are completed by one at a time: apt-get gives up when another one is at it', async () => {
    const made = system({ installed: allBut('make'), isRoot: true });
    const [log, busy] = [join(folder, 'asked'), join(folder, 'busy')];
    const alone = `mkdir ${busy} || echo collision >> ${log}\nsleep 0.1\nrmdir ${busy}\nexit 0`;
    writeFileSync(made.aptGet, `#!/bin/sh\necho "$1" >> ${log}\n${alone}\n`, { mode: 0o755 });
    await Promise.all([ensure(made), ensure(made), ensure(made)]);
    expect(asked()).toEqual(['update', '-o', 'update', '-o', 'update', '-o']);
  });

  it('are named to others, in one line', async () => {
    const attempt = ensure(system({ installed: allBut('g++'), isRoot: false }));
    await expect(attempt).rejects.toThrow(/building it needs packages: sudo apt-get install g\+\+$/);
    expect(asked()).toEqual([]);
  });

  it('that can not be installed are named', async () => {
    const attempt = ensure(system({ installed: allBut('g++', 'make'), isRoot: true, fails: true }));
    await expect(attempt).rejects.toThrow(/could not be installed; run it by hand: apt-get install g\+\+ make$/);
  });

  it('are not looked for where there is no such package manager', async () => {
    const nowhere = {
      dpkgQuery: join(folder, 'none'),
      aptGet: join(folder, 'none'),
      lock: join(folder, 'apt.lock'),
      isRoot: true,
    };
    await expect(ensure(nowhere)).rejects.toThrow(/let this machine reach github\.com, or set MEDIASOUP_WORKER_BIN/);
  });
});
