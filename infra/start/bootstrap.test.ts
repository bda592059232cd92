import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isRunning } from '../process/liveProcess.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sotto-bootstrap-'));
  mkdirSync(join(root, 'infra/start'), { recursive: true });
  mkdirSync(join(root, 'infra/test-run'), { recursive: true });
  copyFileSync(join(import.meta.dirname, 'bootstrap.mjs'), join(root, 'infra/start/bootstrap.mjs'));
  const program = `console.log(JSON.stringify({ argv: process.argv.slice(2), node: process.execPath, connected: process.connected }));`;
  writeFileSync(join(root, 'infra/start/main.ts'), program);
  writeFileSync(join(root, 'infra/test-run/main.ts'), program);
  lock({ left: '1.0.0' });
  fakeNpm(`
    mkdirSync('node_modules/.bin', { recursive: true });
    symlinkSync(process.execPath, 'node_modules/.bin/node');
  `);
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function lock(versions: Record<string, string>): void {
  const packages: Record<string, object> = { '': {} };
  for (const [name, version] of Object.entries(versions)) {
    packages[`node_modules/${name}`] = { version, integrity: `sha-${version}` };
  }
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }));
}

/** Stands where npm would say that its own program is. It notes each call. */
function fakeNpm(act: string): void {
  writeFileSync(
    join(root, 'npm-cli.mjs'),
    `import { appendFileSync, mkdirSync, symlinkSync, rmSync } from 'node:fs';
     appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
     rmSync('node_modules', { recursive: true, force: true });
     ${act}`,
  );
  copyFileSync(join(root, 'npm-cli.mjs'), join(root, 'npm-cli.js'));
  writeFileSync(join(root, 'package.json'), JSON.stringify({ type: 'module' }));
}

const env = () => ({ PATH: process.env['PATH'], TMPDIR: root, npm_execpath: join(root, 'npm-cli.js') });
const calls = () =>
  existsSync(join(root, 'npm-calls')) ? readFileSync(join(root, 'npm-calls'), 'utf8').trim().split('\n') : [];

const locks = () => readdirSync(root).filter((name) => name.startsWith('sotto-install-'));

function run(...args: string[]) {
  const result = spawnSync(process.execPath, [join(root, 'infra/start/bootstrap.mjs'), ...args], {
    cwd: root,
    env: env(),
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { status: result.status, stdout: result.stdout, lines: result.stderr.trim().split('\n') };
}

describe('the first start of a clone', { timeout: 60_000 }, () => {
  it('installs by the lockfile without running install scripts, then hands over with all arguments', () => {
    const { status, stdout } = run('start', '--json', '--data', 'x y');
    expect(status).toBe(0);
    expect(calls()).toHaveLength(1);
    expect(calls()[0]).toMatch(/^ci .*--ignore-scripts/);
    const said: unknown = JSON.parse(stdout);
    const node = execFileSync('realpath', [process.execPath], { encoding: 'utf8' }).trim();
    expect(said).toEqual({ argv: ['--json', '--data', 'x y'], node, connected: true });
  });

  it('installs once, and again when the lockfile changes', () => {
    run('start');
    expect(run('start').lines).toEqual(['']);
    expect(calls()).toHaveLength(1);
    lock({ left: '1.0.1' });
    run('start');
    expect(calls()).toHaveLength(2);
  });

  it('accepts what somebody else installed by the same lockfile', () => {
    mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
    symlinkSync(process.execPath, join(root, 'node_modules/.bin/node'));
    copyFileSync(join(root, 'package-lock.json'), join(root, 'node_modules/.package-lock.json'));
    expect(run('start').status).toBe(0);
    expect(calls()).toEqual([]);
  });

  it('does not accept what was installed by another one', () => {
    mkdirSync(join(root, 'node_modules'), { recursive: true });
    const other = { packages: { 'node_modules/left': { version: '1.0.0', integrity: 'sha-other' } } };
    writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify(other));
    expect(run('start').status).toBe(0);
    expect(calls()).toHaveLength(1);
  });

  it('gives the mode to the test command', () => {
    expect(JSON.parse(run('test:long', '--x').stdout)).toMatchObject({ argv: ['test:long', '--x'] });
  });

  it('keeps its own words off stdout', () => {
    expect(run('start').stdout.split('\n')).toHaveLength(2);
  });

  it('refuses a command that it does not know', () => {
    for (const command of ['serve', 'constructor', '']) {
      const { status, lines } = run(command);
      expect([status, lines]).toEqual([
        2,
        [
          'Say what to do: npm run start, trust, keystore, bench, selftest, evidence, drill, scan, test, test:long, verify.',
        ],
      ]);
    }
  });

  it('hands on the exit code', () => {
    writeFileSync(join(root, 'infra/start/main.ts'), 'process.exit(7);');
    expect(run('start').status).toBe(7);
  });

  it.each([
    [
      'no internet',
      'npm error code ENOTFOUND\nnpm error network request to https://x failed',
      /^The packages could not be downloaded: connect this machine to the internet/,
    ],
    [
      'a full disk',
      'npm error code ENOSPC\nnpm error nospc There appears to be insufficient space',
      /^The disk is full: the packages need about 2 GB/,
    ],
    [
      'no permission',
      'npm error code EACCES\nnpm error path /srv',
      /^No permission to write .*node_modules: check who owns the checkout/,
    ],
    [
      'a tampered package',
      'npm error code EINTEGRITY\nnpm error sha512-x integrity checksum failed',
      /^A downloaded package is not the one/,
    ],
    [
      'a broken lockfile',
      'npm error code EUSAGE\nnpm error',
      /^package\.json and package-lock\.json do not belong together/,
    ],
    [
      'anything else',
      'npm error code EWHATEVER\nnpm error the moon is full',
      /^npm could not install the packages: the moon is full$/,
    ],
  ])('says in one line what to do about %s', (_, output, sentence) => {
    fakeNpm(`console.error(${JSON.stringify(output)}); process.exit(1);`);
    const { status, lines, stdout } = run('start');
    expect(status).toBe(1);
    expect(lines.at(-1)).toMatch(sentence);
    expect(stdout).toBe('');
    expect(existsSync(join(root, 'node_modules/.sotto-installed'))).toBe(false);
    expect(locks()).toEqual([]);
  });

  it('leaves no lock behind that it could not write', () => {
    // No file may grow: as on a full disk, a file can be made but nothing written to it.
    const limited = ['-c', 'ulimit -f 0; exec "$0" "$@"', process.execPath, join(root, 'infra/start/bootstrap.mjs')];
    const { status } = spawnSync('/bin/sh', [...limited, 'start'], { cwd: root, env: env() });
    expect(status).toBe(1);
    expect(locks()).toEqual([]);
  });

  it.each([
    ['holds no number', '', 60],
    ['names a process that ended', '4194305 x', 0],
    ['names another process that had the same number', `${process.pid} another boot/1`, 0],
  ])('does not wait for a lock that %s', (_, content, seconds) => {
    const path = join(root, `sotto-install-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`);
    writeFileSync(path, content);
    const made = new Date(Date.now() - seconds * 1000);
    utimesSync(path, made, made);
    expect(run('start').status).toBe(0);
    expect(calls()).toHaveLength(1);
    expect(locks()).toEqual([]);
  });

  it('says in one line that the packaged Node does not run and no other does', () => {
    fakeNpm(`mkdirSync('node_modules/.bin', { recursive: true });`);
    run('start');
    writeFileSync(join(root, 'node_modules/.bin/node'), '#!/bin/sh\necho "GLIBC_2.28 not found" >&2; exit 1\n');
    chmodSync(join(root, 'node_modules/.bin/node'), 0o755);
    // As on a machine whose own Node is old enough to need ours.
    const aged = readFileSync(join(root, 'infra/start/bootstrap.mjs'), 'utf8').replace(
      'serviceNode = 24',
      'serviceNode = 99',
    );
    writeFileSync(join(root, 'infra/start/bootstrap.mjs'), aged);
    const { status, lines } = run('start');
    expect(status).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/does not run here: it needs kernel 4\.18 and glibc 2\.28 or newer .* update the system/);
  });

  it('refuses an old Node in one line', () => {
    const aged = readFileSync(join(root, 'infra/start/bootstrap.mjs'), 'utf8').replace(
      'oldestNode = 20',
      'oldestNode = 99',
    );
    writeFileSync(join(root, 'infra/start/bootstrap.mjs'), aged);
    const { status, lines } = run('start');
    expect([status, lines]).toEqual([
      1,
      [`This is Node ${process.version}; Sotto needs Node 99 or newer: see https://nodejs.org/en/download`],
    ]);
    expect(calls()).toEqual([]);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('ends the installation and all that it started on %s', async (signal, status) => {
    fakeNpm(`
      const { spawn } = await import('node:child_process');
      const script = spawn('/bin/sleep', ['60'], { stdio: 'ignore' });
      appendFileSync('npm-pids', process.pid + ' ' + script.pid + '\\n');
      setInterval(() => {}, 1000);
    `);
    const child = spawn(process.execPath, [join(root, 'infra/start/bootstrap.mjs'), 'start'], {
      cwd: root,
      env: env(),
      stdio: 'ignore',
    });
    const path = join(root, 'npm-pids');
    await vi.waitUntil(() => existsSync(path) && readFileSync(path, 'utf8').endsWith('\n'), { timeout: 10_000 });
    const pids = readFileSync(path, 'utf8').trim().split(' ').map(Number);
    expect(pids.map(isRunning)).toEqual([true, true]);
    const exited = once(child, 'exit');
    child.kill(signal);
    expect(await exited).toEqual([status, null]);
    await vi.waitUntil(() => !pids.some(isRunning), { timeout: 10_000 });
    expect(locks()).toEqual([]);
    expect(existsSync(join(root, 'node_modules/.sotto-installed'))).toBe(false);
  });

  it('passes signals on, and takes the program along when it is killed itself', async () => {
    writeFileSync(
      join(root, 'infra/start/main.ts'),
      `process.on('SIGTERM', () => { console.log('term'); });
       process.on('disconnect', () => process.exit(0));
       console.log(process.pid); setInterval(() => {}, 1000);`,
    );
    run('test');
    const child = spawn(process.execPath, [join(root, 'infra/start/bootstrap.mjs'), 'start'], {
      cwd: root,
      env: env(),
    });
    const said = async () => String(((await once(child.stdout, 'data')) as [Buffer])[0]).trim();
    const pid = Number(await said());
    expect(isRunning(pid)).toBe(true);
    child.kill('SIGTERM');
    expect(await said()).toBe('term');
    child.kill('SIGKILL');
    await vi.waitUntil(() => !isRunning(pid), { timeout: 10_000 });
  });
});
