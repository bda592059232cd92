import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { Cancelled } from '../errors.ts';
import { runCommand } from './command.ts';
import { isRunning } from './liveProcess.ts';

const env = { PATH: '/usr/bin:/bin' };

describe('a command', () => {
  it('is told by its exit code, its output and each line of it', async () => {
    const lines: string[] = [];
    const result = await runCommand('sh', ['-c', 'cat; echo out; echo err >&2; exit 3'], {
      env,
      input: 'in\n',
      onLine: (line) => lines.push(line),
    });
    expect(result).toMatchObject({ tag: 'ended', code: 3, stdout: 'in\nout\n' });
    expect(lines.sort()).toEqual(['err', 'in', 'out']);
  });

  it('sees the environment that it is given, and nothing else', async () => {
    const result = await runCommand('/usr/bin/env', [], { env: { ONLY: 'this' } });
    expect(result.tag === 'ended' && result.stdout).toBe('ONLY=this\n');
  });

  it('may not exist', async () => {
    expect(await runCommand('/nonexistent/program', [], { env })).toEqual({ tag: 'notFound' });
  });

  it('is ended after its time, with what it started', async () => {
    const result = await runCommand('sh', ['-c', 'sleep 60 & echo $!; wait'], { env, timeoutMs: 300 });
    expect(result.tag).toBe('timedOut');
    const grandchild = result.tag === 'timedOut' ? Number(result.output) : 0;
    expect(grandchild).toBeGreaterThan(1);
    await vi.waitUntil(() => !isRunning(grandchild), { timeout: 5_000 });
  });

  it('is ended when asked', async () => {
    const asked = new AbortController();
    const running = runCommand('sleep', ['60'], { env, signal: asked.signal });
    asked.abort();
    await expect(running).rejects.toThrow(Cancelled);
    await expect(runCommand('true', [], { env, signal: asked.signal })).rejects.toThrow(Cancelled);
  });
});

describe('a watched command', () => {
  it('is interrupted when the process that started it is killed, and nothing is left', async () => {
    const source = pathToFileURL(join(import.meta.dirname, 'command.ts')).href;
    const program = `
      import { spawn } from 'node:child_process';
      import { watchedByPipe } from ${JSON.stringify(source)};
      const [file, args] = watchedByPipe('sleep', ['60']);
      const child = spawn(file, args, { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
      console.log(child.pid);
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(said.toString());
    expect(isRunning(pid)).toBe(true);
    parent.kill('SIGKILL');
    // The group is the command's and its watcher's.
    await vi.waitUntil(() => !isRunning(pid) && !isRunning(-pid), { timeout: 10_000 });
  });
});
