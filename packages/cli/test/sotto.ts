import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

/** What the command did: its exit code, its result, and what it said. */
export interface Outcome {
  readonly code: number | null;
  readonly out: Buffer;
  readonly said: string;
}

const bin = join(import.meta.dirname, '..', 'bin', 'sotto.mjs');

const outcomeOf = async (child: ChildProcess): Promise<Outcome> => {
  const out: Buffer[] = [];
  const said: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out: Buffer.concat(out), said: Buffer.concat(said).toString() };
};

/** Runs the command as a person would, with this on standard input. */
export const sotto = async (args: readonly string[], input: Uint8Array = new Uint8Array()): Promise<Outcome> => {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  // A command that refuses its arguments doesn't read what it is given.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return await outcomeOf(child);
};

/** A command that goes on while the test does. */
export interface Started {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
}

/** Starts the command with its standard input open, and `temporary` for what it puts aside. */
export const startSotto = (args: readonly string[], temporary: string): Started => {
  const env = { ...process.env, TMPDIR: temporary };
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env });
  child.stdin.on('error', () => undefined);
  return { child, outcome: outcomeOf(child) };
};

/** Runs a line of the shell in which `sotto` is the command, and `temporary` for what it puts aside. */
export const inShell = (line: string, temporary: string): Promise<Outcome> => {
  const named = `sotto() { '${process.execPath}' '${bin}' "$@"; }\n${line}`;
  const env = { ...process.env, TMPDIR: temporary };
  return outcomeOf(spawn('bash', ['-c', named], { stdio: ['ignore', 'pipe', 'pipe'], env }));
};

/** Runs the command until it has said this on standard output; then it is told to stop as a service manager would. */
export const startUntilSaid = async (args: readonly string[], until: RegExp) => {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  let out = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (until.test(out)) resolve();
    });
    child.on('close', () => reject(new Error('The command ended before it said so.')));
  });
  return {
    out,
    stop: (): Promise<number | null> => {
      child.kill('SIGTERM');
      return ended;
    },
  };
};
