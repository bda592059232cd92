import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Cancelled, StartError } from '../errors.ts';
import { isRunning } from '../process/liveProcess.ts';
import type { Part } from './part.ts';
import { servicePart } from './servicePart.ts';
import { createSupervisor, type RestartPolicy, type Supervisor } from './supervisor.ts';

/** As the services behave: ready over IPC, orderly end on SIGTERM and when the parent is gone. */
const wellBehaved = `
  import { appendFileSync } from 'node:fs';
  appendFileSync(process.env.DIARY, process.env.NAME + ' up ' + process.pid + '\\n');
  const end = (why) => { appendFileSync(process.env.DIARY, process.env.NAME + ' ' + why + '\\n'); process.exit(0); };
  process.on('SIGTERM', () => end('stopped'));
  process.on('SIGINT', () => end('interrupted'));
  process.on('disconnect', () => end('orphaned'));
  process.send({ ready: true });
  setInterval(() => {}, 1000);
`;

const policy: RestartPolicy = { maxExits: 3, windowMs: 60_000, backoffMs: 20 };

let folder = '';
let diary = '';
let reports: string[] = [];
let supervisor: Supervisor;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-supervisor-'));
  diary = join(folder, 'diary');
  writeFileSync(diary, '');
  reports = [];
  supervisor = createSupervisor({ policy, clock: () => performance.now(), report: (line) => reports.push(line) });
});
afterEach(async () => {
  await supervisor.stop();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function service(
  name: string,
  program: string,
  options: { readyTimeoutMs?: number; stopTimeoutMs?: number } = {},
): Part {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, program);
  return servicePart({ name, file, env: { DIARY: diary, NAME: name }, onLog: () => undefined, ...options });
}

const written = () => readFileSync(diary, 'utf8').trim().split('\n');
const pids = (name: string) =>
  written().flatMap((line) => {
    const pid = new RegExp(`^${name} up (\\d+)$`).exec(line)?.[1];
    return pid === undefined ? [] : [Number(pid)];
  });
const lastPid = (name: string) => pids(name).at(-1) ?? 0;

describe('the supervisor', { timeout: 30_000 }, () => {
  it('starts parts in order and stops them in the opposite one', async () => {
    for (const name of ['a', 'b', 'c']) await supervisor.start(service(name, wellBehaved));
    const running = ['a', 'b', 'c'].map(lastPid);
    await supervisor.stop();
    expect(written().map((line) => line.replace(/\d+/, '').trim())).toEqual([
      ...['a up', 'b up', 'c up'],
      ...['c stopped', 'b stopped', 'a stopped'],
    ]);
    expect(running.map(isRunning)).toEqual([false, false, false]);
    expect(await supervisor.finished).toEqual({ tag: 'asked' });
    await expect(supervisor.start(service('late', wellBehaved))).rejects.toThrow(Cancelled);
  });

  it('restarts a part that crashes, with its reason, and leaves the others alone', async () => {
    await supervisor.start(service('a', wellBehaved));
    await supervisor.start(service('b', wellBehaved));
    const [a, b] = [lastPid('a'), lastPid('b')];
    process.kill(b, 'SIGKILL');
    await vi.waitUntil(() => reports.includes('b runs again'), { timeout: 10_000 });
    expect(reports[0]).toMatch(/^b ended \(SIGKILL\); starting it again in 0\.02 s$/);
    expect(pids('b')).toHaveLength(2);
    expect(pids('a')).toEqual([a]);
    expect(isRunning(lastPid('b'))).toBe(true);
  });

  it('stops everything when a part ends too often, and says why', async () => {
    await supervisor.start(service('a', wellBehaved));
    const crashing = `
      process.send({ ready: true });
      console.error(JSON.stringify({ level: 'error', event: 'crashed', errorName: 'TypeError' }));
      setTimeout(() => process.exit(7), 10);
    `;
    await supervisor.start(service('b', crashing));
    const finish = await supervisor.finished;
    expect(finish).toEqual({
      tag: 'gaveUp',
      sentence: 'b ended 4 times in a minute, so everything stops; last: exit 7; crashed (TypeError)',
    });
    expect(reports.filter((line) => line.includes('starting it again'))).toHaveLength(3);
    expect(written().at(-1)).toBe('a stopped');
  });

  it('waits longer before each restart, and forgets old ends', async () => {
    let now = 0;
    const ends: (() => void)[] = [];
    const part: Part = {
      name: 'p',
      start: async () => {
        const exited = Promise.withResolvers<string>();
        ends.push(() => exited.resolve('gone'));
        return { exited: exited.promise, stop: async () => exited.resolve('stopped'), kill: () => undefined };
      },
    };
    const patient = createSupervisor({
      policy: { maxExits: 3, windowMs: 1_000, backoffMs: 2 },
      clock: () => now,
      report: (line) => reports.push(line),
    });
    await patient.start(part);
    for (const at of [0, 100, 200, 1_050, 5_000]) {
      now = at;
      const before = ends.length;
      ends.at(-1)?.();
      await vi.waitUntil(() => ends.length > before, { interval: 5 });
    }
    await patient.stop();
    const waits = reports.flatMap((line) => /again in (.*) s$/.exec(line)?.[1] ?? []);
    expect(waits).toEqual(['0.002', '0.004', '0.008', '0.008', '0.002']);
  });

  it('counts a restart that fails as another end', async () => {
    const first = Promise.withResolvers<string>();
    let starts = 0;
    const part: Part = {
      name: 'p',
      start: async () => {
        starts += 1;
        if (starts > 1) throw new StartError('p did not start: The disk is full.');
        return { exited: first.promise, stop: () => Promise.resolve(), kill: () => undefined };
      },
    };
    await supervisor.start(service('a', wellBehaved));
    await supervisor.start(part);
    first.resolve('exit 1');
    const sentence = 'p ended 4 times in a minute, so everything stops; last: p did not start: The disk is full.';
    expect(await supervisor.finished).toEqual({ tag: 'gaveUp', sentence });
    expect(starts).toBe(4);
    expect(written().at(-1)).toBe('a stopped');
  });
});

describe('a service', { timeout: 30_000 }, () => {
  const start = (part: Part) => part.start(new AbortController().signal);

  it('that can not start is told by its own sentence', async () => {
    const part = service('api', `process.send({ failed: 'Port 1 is in use.' }, () => process.exit(1));`);
    await expect(start(part)).rejects.toThrow(new StartError('api did not start: Port 1 is in use.'));
  });

  it('that dies while starting is told by the error that Node printed', async () => {
    const part = service('api', `throw new RangeError('out of bounds');`);
    await expect(start(part)).rejects.toThrow('api did not start: exit 1; RangeError: out of bounds');
  });

  it('that never becomes ready is ended', async () => {
    const part = service('api', wellBehaved.replace('process.send({ ready: true });', ''), { readyTimeoutMs: 1_500 });
    await expect(start(part)).rejects.toThrow('api did not start: it was not ready after 1.5 s; look into its log');
    expect(isRunning(lastPid('api'))).toBe(false);
  });

  it('that ignores SIGTERM is ended anyway', async () => {
    const deaf = wellBehaved.replace(
      "process.on('SIGTERM', () => end('stopped'));",
      "process.on('SIGTERM', () => {});",
    );
    const running = await start(service('api', deaf, { stopTimeoutMs: 200 }));
    await running.stop();
    expect(await running.exited).toMatch(/^SIGKILL/);
    expect(isRunning(lastPid('api'))).toBe(false);
  });

  it('stops at once when starting is called off', async () => {
    const called = new AbortController();
    const starting = service('api', wellBehaved.replace('process.send({ ready: true });', '')).start(called.signal);
    await vi.waitUntil(() => lastPid('api') !== 0, { timeout: 10_000 });
    called.abort();
    await expect(starting).rejects.toThrow(Cancelled);
    expect(written().at(-1)).toBe('api stopped');
  });

  it('takes no notice of messages of another shape', async () => {
    const program = `process.send({ ready: 'yes' }); process.send('ready'); process.send({ ready: true, extra: 1 });`;
    const part = service('api', `${program} setTimeout(() => process.exit(0), 100);`);
    await expect(start(part)).rejects.toThrow('api did not start: exit 0');
  });

  it('sees nothing of the environment but what it is given', async () => {
    const program = `process.send({ failed: Object.keys(process.env).sort().join() }, () => process.exit(1));`;
    await expect(start(service('api', program))).rejects.toThrow('api did not start: DIARY,NAME');
  });
});

describe('a supervisor that is killed', { timeout: 30_000 }, () => {
  it('takes everything along', async () => {
    service('a', wellBehaved);
    service('b', wellBehaved);
    const module = (name: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, name)).href);
    const program = `
      import { servicePart } from ${module('servicePart.ts')};
      import { createSupervisor, restartPolicy } from ${module('supervisor.ts')};
      const supervisor = createSupervisor({ policy: restartPolicy, clock: () => performance.now(), report: () => {} });
      for (const name of ['a', 'b']) {
        const file = ${JSON.stringify(folder)} + '/' + name + '.mjs';
        const env = { DIARY: ${JSON.stringify(diary)}, NAME: name };
        await supervisor.start(servicePart({ name, file, env, onLog: () => {} }));
      }
      console.log('up');
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    await once(child.stdout, 'data');
    const left = [lastPid('a'), lastPid('b')];
    expect(left.map(isRunning)).toEqual([true, true]);
    child.kill('SIGKILL');
    await vi.waitUntil(() => !left.some(isRunning), { timeout: 10_000 });
    expect(
      written()
        .filter((line) => line.endsWith('orphaned'))
        .sort(),
    ).toEqual(['a orphaned', 'b orphaned']);
  });
});
