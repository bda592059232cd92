import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Cancelled } from '../errors.ts';
import { hasCode } from '../files/atomicFile.ts';

export interface CommandOptions {
  cwd?: string;
  /** The whole environment; nothing is inherited. */
  env: NodeJS.ProcessEnv;
  /** Text for its standard input; by default it has none. */
  input?: string;
  timeoutMs?: number;
  /** Stops the command and everything that it started. */
  signal?: AbortSignal;
  /** Called for each whole line of output. */
  onLine?: (line: string) => void;
}

export type CommandResult =
  | { tag: 'ended'; code: number; stdout: string; output: string }
  | { tag: 'notFound' }
  | { tag: 'timedOut'; output: string };

const setpriv = '/usr/bin/setpriv';

/**
 * On Linux, has the kernel send a process the signal when its parent dies, so that `kill -9` of the parent leaves
 * nothing behind. Elsewhere the command is as it was.
 *
 * @param privileges further options of setpriv(1)
 */
export function endingWithParent(
  file: string,
  args: readonly string[],
  signal: 'INT' | 'TERM' | 'KILL',
  privileges: readonly string[] = [],
): [file: string, args: string[]] {
  if (process.platform !== 'linux' || !existsSync(setpriv)) return [file, [...args]];
  return [setpriv, ['--pdeathsig', signal, ...privileges, '--', file, ...args]];
}

/** Signals a process and everything in its group. It may have ended by itself. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (fault) {
    if (!hasCode(fault, 'ESRCH') && !hasCode(fault, 'EPERM')) throw fault;
  }
}

/** Keeps the end of what a command says: that is where the reason stands. */
const keptOutput = 256 * 1024;

/**
 * Runs a command to its end, in a process group of its own.
 *
 * @returns how it ended; its exit code is 128 when a signal ended it
 * @throws Cancelled when `signal` stopped it
 */
export async function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const { signal, onLine } = options;
  if (signal?.aborted) throw new Cancelled();
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const stop = () => {
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  };
  const timeout = new AbortController();
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timeout.abort();
          stop();
        }, options.timeoutMs);
  signal?.addEventListener('abort', stop, { once: true });

  let stdout = '';
  let output = '';
  let line = '';
  const take = (chunk: string) => {
    output = (output + chunk).slice(-keptOutput);
    if (!onLine) return;
    const lines = (line + chunk).split('\n');
    line = (lines.pop() ?? '').slice(-keptOutput);
    for (const whole of lines) onLine(whole);
  };
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    stdout = (stdout + chunk).slice(-keptOutput);
    take(chunk);
  });
  child.stderr?.setEncoding('utf8').on('data', take);
  // It may end without reading its input; its exit code tells.
  child.stdin?.on('error', () => undefined).end(options.input);

  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode) => resolve(exitCode ?? 128));
    });
    if (signal?.aborted) throw new Cancelled();
    if (timeout.signal.aborted) return { tag: 'timedOut', output };
    return { tag: 'ended', code, stdout, output };
  } catch (fault) {
    if (hasCode(fault, 'ENOENT')) return { tag: 'notFound' };
    throw fault;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}
