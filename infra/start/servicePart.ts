import { fork } from 'node:child_process';
import * as z from 'zod';
import { Cancelled, StartError } from '../errors.ts';
import { signalGroup } from '../process/command.ts';
import { lastWords } from './lastWords.ts';
import type { Part, RunningPart } from './part.ts';

const message = z.union([z.strictObject({ ready: z.literal(true) }), z.strictObject({ failed: z.string() })]);

const readyTimeoutMs = 30_000;
/** A service gives itself 8 s at most; one that hangs gets this long. */
const stopTimeoutMs = 9_000;

export interface ServiceSpec {
  name: string;
  /** The program, run by this Node. */
  file: string;
  /** Its whole environment. */
  env: NodeJS.ProcessEnv;
  /** What it writes, both streams. */
  onLog: (chunk: string) => void;
  readyTimeoutMs?: number;
  stopTimeoutMs?: number;
}

function ended(code: number | null, signal: NodeJS.Signals | null, output: string): string {
  const how = signal ?? `exit ${code ?? 'unknown'}`;
  const words = lastWords(output);
  return words === '' ? how : `${how}; ${words}`;
}

async function startService(spec: ServiceSpec, signal: AbortSignal): Promise<RunningPart> {
  const child = fork(spec.file, [], {
    env: spec.env,
    // A group of its own: Ctrl-C at the terminal reaches us alone, and we stop parts in order.
    detached: true,
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  const take = (chunk: string) => {
    output = (output + chunk).slice(-16_384);
    spec.onLog(chunk);
  };
  child.stdout?.setEncoding('utf8').on('data', take);
  child.stderr?.setEncoding('utf8').on('data', take);

  const exited = new Promise<string>((resolve) => {
    child.once('error', (fault) => resolve(fault.message));
    child.once('close', (code, signal) => resolve(ended(code, signal, output)));
  });
  const kill = () => {
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  };
  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(kill, spec.stopTimeoutMs ?? stopTimeoutMs);
    await exited;
    clearTimeout(timer);
    // Whatever it started itself and left behind.
    kill();
  };

  const answer = Promise.withResolvers<{ tag: 'ready' } | { tag: 'failed'; sentence: string }>();
  child.on('message', (received: unknown) => {
    const parsed = message.safeParse(received);
    if (!parsed.success) return;
    answer.resolve('ready' in parsed.data ? { tag: 'ready' } : { tag: 'failed', sentence: parsed.data.failed });
  });
  void exited.then((reason) => answer.resolve({ tag: 'failed', sentence: reason }));
  const limit = spec.readyTimeoutMs ?? readyTimeoutMs;
  const timer = setTimeout(() => {
    answer.resolve({ tag: 'failed', sentence: `it was not ready after ${limit / 1000} s; look into its log` });
  }, limit);
  const endEarly = () => void child.kill('SIGTERM');
  signal.addEventListener('abort', endEarly, { once: true });
  const verdict = await answer.promise;
  signal.removeEventListener('abort', endEarly);
  clearTimeout(timer);
  if (verdict.tag === 'ready') return { exited, stop, kill };
  kill();
  await exited;
  if (signal.aborted) throw new Cancelled();
  throw new StartError(`${spec.name} did not start: ${verdict.sentence}`);
}

/** A part that is one of our services: forked, ready when it says so over IPC, stopped by SIGTERM. */
export function servicePart(spec: ServiceSpec): Part {
  return { name: spec.name, start: (signal) => startService(spec, signal) };
}
