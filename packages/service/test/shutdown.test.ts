import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const program = fileURLToPath(new URL('./exampleService.ts', import.meta.url));

function run(scenario: string) {
  const child: ChildProcess = fork(program, [scenario], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const told = new Promise<unknown>((resolve) => child.once('message', resolve));
  // 'close' never comes for a child that was disconnected; its exit and the end of its output do.
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const silent = new Promise<void>((resolve) => child.stdout?.once('end', resolve));
  const ended = Promise.all([exit, silent]).then(([code]) => code);
  return { child, told, ended, output: () => output };
}

describe('runService', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('says when it is ready and closes on %s', async (signal) => {
    const { child, told, ended, output } = run('good');
    expect(await told).toEqual({ ready: true });
    child.kill(signal);
    child.kill(signal);
    expect(await ended).toBe(0);
    expect(output()).toBe('closed\n');
  });

  it('closes when its parent is gone', async () => {
    const { child, told, ended, output } = run('good');
    await told;
    child.disconnect();
    expect(await ended).toBe(0);
    expect(output()).toBe('closed\n');
  });

  it('does not start when its parent was gone before it was loaded', async () => {
    const { child, ended, output } = run('orphaned');
    onTestFinished(() => void child.kill('SIGKILL'));
    child.disconnect();
    expect(await ended).toBe(0);
    expect(output()).toBe('');
  });

  it('tells the sentence of a fault at start and exits 1', async () => {
    const { told, ended } = run('misconfigured');
    expect(await told).toEqual({ failed: 'Set X in the environment.' });
    expect(await ended).toBe(1);
  });

  it('does not repeat the text of an unexpected fault at start', async () => {
    const { told, ended, output } = run('broken');
    expect(await told).toEqual({ failed: expect.stringMatching(/fault of its own/) as string });
    expect(await ended).toBe(1);
    expect(output()).not.toContain('planted');
    // Where it came from is all that's said of it.
    expect(output()).toMatch(/"frames":\["exampleService\.ts:\d+:\d+"/);
  });

  it('closes and exits 1 after a fault that nobody caught', async () => {
    const { told, ended, output } = run('crashing');
    await told;
    expect(await ended).toBe(1);
    expect(output()).toBe('crashed\nclosed\n');
  });
});
