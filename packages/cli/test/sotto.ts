import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** What the command did: its exit code, its result, and what it said. */
export interface Outcome {
  readonly code: number | null;
  readonly out: Buffer;
  readonly said: string;
}

const bin = join(import.meta.dirname, '..', 'bin', 'sotto.mjs');

/** Runs the command as a person would, with this on standard input. */
export const sotto = async (args: readonly string[], input: Uint8Array = new Uint8Array()): Promise<Outcome> => {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  // A command that refuses its arguments doesn't read what it is given.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out: Buffer.concat(out), said: Buffer.concat(said).toString() };
};

/** Runs the command until it has said this on standard output; then it is told to stop as a service manager would. */
export const startSotto = async (args: readonly string[], until: RegExp) => {
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
