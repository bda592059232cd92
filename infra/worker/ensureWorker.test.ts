import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolder } from './cacheFolder.ts';
import { downloadWorker } from './download.ts';
import { ensureWorker } from './ensureWorker.ts';
import { mediasoupPackage, thisMachine, workerPath } from './target.ts';
import { isRunnableWorker } from './workerCheck.ts';

const repository = join(import.meta.dirname, '../..');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-worker-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Ends as a worker does that is run without a version: with code 41, if its environment is empty. */
function script(path: string, code = 41): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n[ -z "$HOME$MEDIASOUP_VERSION" ] || exit 1\nexit ${code}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('the cache', () => {
  it('has a place for each version, platform and C library', () => {
    const target = { platform: 'linux', arch: 'x64', libc: 'glibc2.36' };
    expect(workerPath('/c', '3.27.1', target)).toBe('/c/mediasoup-worker/3.27.1-linux-x64-glibc2.36/mediasoup-worker');
    const mac = { platform: 'darwin', arch: 'arm64', libc: '' };
    expect(workerPath('/c', '3.27.1', mac)).toBe('/c/mediasoup-worker/3.27.1-darwin-arm64/mediasoup-worker');
    const others = [
      workerPath('/c', '3.27.2', target),
      workerPath('/c', '3.27.1', { ...target, arch: 'arm64' }),
      workerPath('/c', '3.27.1', { ...target, libc: 'glibc2.31' }),
      workerPath('/c', '3.27.1', { ...target, libc: 'musl' }),
    ];
    expect(new Set(others).size).toBe(others.length);
    expect(others).not.toContain(workerPath('/c', '3.27.1', target));
  });

  it('lies where the person or XDG says', () => {
    expect(cacheFolder({ SOTTO_CACHE: '/x', XDG_CACHE_HOME: '/y' })).toBe('/x');
    expect(cacheFolder({ XDG_CACHE_HOME: '/y' })).toBe('/y/sotto');
    expect(cacheFolder({})).toMatch(/\/\.cache\/sotto$/);
  });

  it('is keyed by the package that is installed', () => {
    const { folder: installed, version } = mediasoupPackage(repository);
    expect(existsSync(join(installed, 'worker/meson.build'))).toBe(true);
    const pinned = JSON.parse(readFileSync(join(repository, 'apps/sfu/package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(version).toBe(pinned.dependencies['mediasoup']);
  });
});

describe('a worker', { timeout: 30_000 }, () => {
  it('is known by its exit code', async () => {
    expect(await isRunnableWorker(script(join(folder, 'good')))).toBe(true);
    expect(await isRunnableWorker(script(join(folder, 'bad'), 127))).toBe(false);
    expect(await isRunnableWorker(join(folder, 'none'))).toBe(false);
    writeFileSync(join(folder, 'text'), 'not a program', { mode: 0o755 });
    expect(await isRunnableWorker(join(folder, 'text'))).toBe(false);
    expect(await isRunnableWorker(folder)).toBe(false);
  });

  it('is taken from the cache without asking anybody', async () => {
    const path = workerPath(folder, mediasoupPackage(repository).version, thisMachine());
    script(path);
    const said: string[] = [];
    expect(await ensureWorker({ env: { SOTTO_CACHE: folder }, report: (detail) => said.push(detail) })).toBe(path);
    expect(said).toEqual([]);
  });

  it('may be named, if it runs here', async () => {
    const named = script(join(folder, 'named'));
    expect(await ensureWorker({ env: { SOTTO_CACHE: folder, MEDIASOUP_WORKER_BIN: named } })).toBe(named);
    const broken = script(join(folder, 'broken'), 1);
    const attempt = ensureWorker({ env: { SOTTO_CACHE: folder, MEDIASOUP_WORKER_BIN: broken } });
    await expect(attempt).rejects.toThrow(/^MEDIASOUP_WORKER_BIN names no media worker that runs on this machine/);
  });
});

describe('the download', { timeout: 30_000 }, () => {
  const options = { timeoutMs: 20_000, signal: new AbortController().signal };
  /** A package whose script behaves as mediasoup's does. */
  const mediasoup = (act: string) => {
    const release = join(folder, 'package/worker/out/Release');
    mkdirSync(release, { recursive: true });
    writeFileSync(
      join(folder, 'package/npm-scripts.mjs'),
      `import { copyFileSync } from 'node:fs';
       if (process.argv[2] !== 'postinstall' || process.env.PYTHON !== 'false') process.exit(9);
       const target = '${release}/mediasoup-worker';
       ${act}`,
    );
    return join(folder, 'package');
  };

  it('brings a worker that runs here', async () => {
    const good = script(join(folder, 'good'));
    const target = join(folder, 'target');
    expect(await downloadWorker(mediasoup(`copyFileSync('${good}', target);`), target, options)).toBe(true);
    expect(await isRunnableWorker(target)).toBe(true);
  });

  it.each([
    ['fails', 'process.exit(1);'],
    ['brings nothing', ''],
    ['brings what does not run here', `copyFileSync('${process.execPath}', target);`],
  ])('is no success when it %s', async (_, act) => {
    expect(await downloadWorker(mediasoup(act), join(folder, 'target'), options)).toBe(false);
  });

  it('is given up after a while', async () => {
    const started = performance.now();
    const hanging = mediasoup('setInterval(() => {}, 1000);');
    expect(await downloadWorker(hanging, join(folder, 'target'), { ...options, timeoutMs: 500 })).toBe(false);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('does not count a worker that lay there before', async () => {
    const failing = mediasoup('process.exit(1);');
    copyFileSync(script(join(folder, 'old')), join(failing, 'worker/out/Release/mediasoup-worker'));
    expect(await downloadWorker(failing, join(folder, 'target'), options)).toBe(false);
  });
});
