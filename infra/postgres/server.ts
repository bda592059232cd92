import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from '../errors.ts';
import { signalGroup } from '../process/command.ts';
import type { PostgresBinaries } from './binaries.ts';
import { asUser, type OsUser } from './osUser.ts';

/** All that PostgreSQL's programs get to see of our environment. Messages are in English: we read some. */
export const serverEnvironment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

const startTimeoutMs = 60_000;
/** How long a fast shutdown (rolls back, writes a checkpoint) may take before an immediate one. */
const fastShutdownMs = 5_000;

export interface ServerSpec {
  binaries: PostgresBinaries;
  user: OsUser;
  data: string;
  /** TCP port on 127.0.0.1; there is no Unix socket. */
  port: number;
  onLog: (chunk: string) => void;
}

export interface PostgresServer {
  pid: number;
  /** Settles with the last thing that the server said when it ends, for whatever reason. */
  exited: Promise<string>;
  /** Ends sessions, writes everything out, and stops. */
  stop(): Promise<void>;
  /** Stops without waiting; the next start recovers from the log. */
  abort(): void;
}

/** An earlier server of ours that was killed, or whose supervisor was, may still be on its way out. */
const isStillThere = (log: string) =>
  log.includes('shared memory block') || log.includes('lock file "postmaster.pid" already exists');

function lastSaid(log: string): string {
  const lines = log.trim().split('\n');
  const line = lines.findLast((each) => /FATAL|PANIC|ERROR/.test(each)) ?? lines.at(-1) ?? '';
  return line.replace(/^.*?\b(?=FATAL|PANIC|ERROR|LOG)/, '').trim();
}

function sentence(log: string, port: number): string {
  if (log.includes('Address already in use')) {
    return `Port ${port} is in use by another program: stop that, or choose other ports with --port N.`;
  }
  if (log.includes('No space left on device')) return 'The disk is full: free some space, then start again.';
  if (log.includes('Permission denied')) return `PostgreSQL may not use its data folder: ${lastSaid(log)}`;
  if (log.includes('Cannot allocate memory')) return 'There is not enough memory for PostgreSQL: close some programs.';
  if (/GLIBC_|not found \(required by/.test(log)) {
    return 'The C library of this machine is too old for PostgreSQL: use a newer Linux, such as Debian 12.';
  }
  return `PostgreSQL did not start: ${lastSaid(log) || 'it said nothing'}`;
}

type Attempt = { tag: 'up'; server: PostgresServer } | { tag: 'failed'; log: string };

function settings(spec: ServerSpec): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    port: spec.port,
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    logging_collector: 'off',
    // Statements may carry what must not be in a log.
    log_statement: 'none',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    timezone: 'UTC',
    log_timezone: 'UTC',
    max_connections: 50,
    shared_buffers: '64MB',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function attempt(spec: ServerSpec): Promise<Attempt> {
  const [file, args] = asUser(spec.user, spec.binaries.postgres, ['-D', spec.data, ...settings(spec)]);
  const child: ChildProcess = spawn(file, args, {
    env: serverEnvironment,
    cwd: '/',
    // A group of its own: Ctrl-C at the terminal reaches us alone, and we stop things in order.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  const ready = Promise.withResolvers<boolean>();
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    log = (log + chunk).slice(-16_384);
    spec.onLog(chunk);
    if (log.includes('ready to accept connections')) ready.resolve(true);
  });
  const exited = new Promise<string>((resolve) => {
    child.once('error', () => resolve('it could not be run'));
    child.once('close', () => resolve(lastSaid(log)));
  });
  void exited.then(() => ready.resolve(false));
  const timer = setTimeout(() => ready.resolve(false), startTimeoutMs);
  const isReady = await ready.promise;
  clearTimeout(timer);
  const { pid } = child;
  if (!isReady || pid === undefined) {
    if (pid !== undefined) signalGroup(pid, 'SIGQUIT');
    await exited;
    return { tag: 'failed', log };
  }
  const stop = async () => {
    // Signals as in postgres(1): INT is a fast shutdown, QUIT an immediate one.
    child.kill('SIGINT');
    const timeout = setTimeout(() => child.kill('SIGQUIT'), fastShutdownMs);
    await exited;
    clearTimeout(timeout);
  };
  return { tag: 'up', server: { pid, exited, stop, abort: () => void child.kill('SIGQUIT') } };
}

/**
 * Starts PostgreSQL and waits until it accepts connections.
 *
 * @throws StartError with the reason and what to do
 */
export async function startServer(spec: ServerSpec): Promise<PostgresServer> {
  const giveUp = performance.now() + 15_000;
  for (;;) {
    const result = await attempt(spec);
    if (result.tag === 'up') return result.server;
    if (!isStillThere(result.log) || performance.now() > giveUp) {
      throw new StartError(sentence(result.log, spec.port));
    }
    await delay(200);
  }
}
