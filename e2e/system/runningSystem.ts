import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { typedWords } from '../marker.ts';
import { freePort } from './freePort.ts';
import { SecretScan } from './secretScan.ts';
import { Traffic } from './traffic.ts';
import { trustedKey } from './trustedKey.ts';

const repository = join(import.meta.dirname, '..', '..');

/** A cold start installs, may compile the media worker, and builds the client. */
const readyWithinMs = 15 * 60_000;
const stopWithinMs = 20_000;

const account = z.object({ email: z.email(), name: z.string().min(1) });

/** The one line that the start command prints: all that a test knows of the system. */
const readyLine = z.object({
  ready: z.literal(true),
  web: z.url(),
  signaling: z.url(),
  ca: z.string().min(1),
  demo: z.object({
    physician: z.object({ email: z.email(), password: z.string().min(1), name: z.string().min(1) }),
    colleague: account,
    officers: z.array(account).length(2),
    admin: account,
    patientLink: z.url(),
    patientBirthDate: z.iso.date(),
  }),
});

/** Somebody who works in the demo clinic. */
export type Account = z.infer<typeof account>;

/** A system that was started for tests, on loopback, with a data folder of its own. */
export interface RunningSystem extends AsyncDisposable {
  readonly web: URL;
  readonly signaling: URL;
  /** Path of the certificate authority's PEM file. */
  readonly ca: string;
  readonly physician: { readonly email: string; readonly password: string; readonly name: string };
  /** Whose password is the physician's, as everybody's in the demo. */
  readonly colleague: Account;
  readonly officers: readonly Account[];
  readonly admin: Account;
  readonly patientLink: string;
  readonly patientBirthDate: string;
  /** SPKI hashes of its servers, for a browser to accept; checked against `ca` first. */
  readonly trustedKeys: readonly string[];
  readonly dataFolder: string;
  /** What its browsers ask for and get, looked through for what the tests type. */
  readonly traffic: Traffic;
  /** Process id of the start command. */
  readonly pid: number;
  /** What it wrote to stderr so far. */
  written(): string;
}

const setpriv = '/usr/bin/setpriv';

/** On Linux the kernel stops the command should the tests be killed: nothing stays behind. */
function endingWithTests(command: readonly [string, ...string[]]): [file: string, args: string[]] {
  const [file, ...args] = command;
  return existsSync(setpriv) ? [setpriv, ['--pdeathsig', 'TERM', '--', file, ...args]] : [file, args];
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  // The whole group, as Ctrl-C at a terminal does.
  process.kill(-child.pid, 'SIGINT');
  const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), stopWithinMs);
  await exited;
  clearTimeout(timer);
}

/**
 * Starts the system as a person does, with `npm start`.
 *
 * @param checkout which copy of the repository
 * @param settingsOf what the operator sets besides, by the origin of its pages
 */
export async function startSystem(
  checkout = repository,
  settingsOf: (web: string) => Promise<Readonly<Record<string, string>>> = async () => ({}),
): Promise<RunningSystem> {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-e2e-'));
  // As root the databases run as another user, who must get through to them.
  chmodSync(folder, 0o711);
  const dataFolder = join(folder, 'data');
  const port = await freePort();
  const [file, args] = endingWithTests(['npm', 'start', '--', '--json', '--data', dataFolder, '--port', String(port)]);
  const settings = await settingsOf(`https://localhost:${port}`);
  const child = spawn(file, args, {
    ...{ cwd: checkout, env: { ...process.env, ...settings } },
    ...{ detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  });
  let written = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written += text;
  });
  const dispose = async (): Promise<void> => {
    await stop(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const lines = createInterface({ input: child.stdout });
    const line = await new Promise<string>((resolve, reject) => {
      const tooLate = setTimeout(() => reject(new Error(`Not ready in time:\n${written}`)), readyWithinMs);
      lines.once('line', (text) => {
        clearTimeout(tooLate);
        resolve(text);
      });
      child.once('exit', () => {
        clearTimeout(tooLate);
        reject(new Error(`It ended before it was ready:\n${written}`));
      });
    });
    if (child.pid === undefined) throw new Error('no process id');
    return {
      ...(await seenFrom(line)),
      dataFolder,
      pid: child.pid,
      written: () => written,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** What the ready line tells, with the servers' keys checked against the system's authority. */
async function seenFrom(line: string) {
  const { web, signaling, ca, demo } = readyLine.parse(JSON.parse(line));
  const servers = [new URL(web), new URL(signaling)] as const;
  const keys = await Promise.all(servers.map((server) => trustedKey(server, ca)));
  const { physician, colleague, officers, admin, patientLink, patientBirthDate } = demo;
  const people = { physician, colleague, officers, admin, patientLink, patientBirthDate };
  const traffic = new Traffic(new SecretScan({ words: typedWords }));
  return { web: servers[0], signaling: servers[1], ca, ...people, trustedKeys: [...new Set(keys)], traffic };
}

/**
 * A system that somebody else has started and will stop: what is tested of it must leave it as it was.
 *
 * @param file where it noted its ready line, in its data folder
 */
export async function attachSystem(file: string): Promise<RunningSystem> {
  const dataFolder = dirname(file);
  const { pid } = z
    .object({ pid: z.int().positive() })
    .parse(JSON.parse(readFileSync(join(dataFolder, 'lock'), 'utf8')));
  const seen = await seenFrom(readFileSync(file, 'utf8'));
  return { ...seen, dataFolder, pid, written: () => '', [Symbol.asyncDispose]: async () => undefined };
}
