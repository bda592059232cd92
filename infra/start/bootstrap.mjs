// The first thing that runs on a fresh clone, under whatever Node the machine has: plain JavaScript without
// dependencies. It installs the packages of the lockfile, then hands over to the Node that they bring.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { arch, constants, platform, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const bin = join(root, 'node_modules', '.bin');
const stamp = join(root, 'node_modules', '.sotto-installed');

/** Each command's program, and what stands before the arguments that the person gave. */
const programs = {
  start: ['infra/start/main.ts'],
  trust: ['infra/start/trust.ts'],
  keystore: ['infra/start/keystoreCommand.ts'],
  bench: ['infra/bench/main.ts'],
  selftest: ['infra/selftest/main.ts'],
  evidence: ['infra/evidence/main.ts'],
  drill: ['e2e/drill/main.ts'],
  scan: ['e2e/scan/main.ts'],
  test: ['infra/test-run/main.ts', 'test'],
  'test:long': ['infra/test-run/main.ts', 'test:long'],
  verify: ['infra/test-run/main.ts', 'verify'],
};

/** The oldest Node that npm and this file need, and the oldest one that runs the TypeScript of the services. */
const oldestNode = 20;
const serviceNode = 24;

const say = (line) => process.stderr.write(`${line}\n`);

function refuse(sentence) {
  say(sentence);
  process.exit(1);
}

const major = (version) => Number.parseInt(version.replace(/^v/, ''), 10);

/** What an installation is for: it is repeated when any of this changes. */
function wantedStamp(lockfile) {
  return `${createHash('sha256').update(lockfile).digest('hex')} ${platform()}-${arch()}\n`;
}

/** Whether what npm says it has installed is what the lockfile asks for, however it came there. */
function matchesInstalled(lockfile) {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const installed = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  return Object.entries(JSON.parse(lockfile).packages).every(([path, wanted]) => {
    if (!path.includes('node_modules/')) return true;
    const there = installed[path];
    return there ? there.version === wanted.version && there.integrity === wanted.integrity : wanted.optional === true;
  });
}

/** Why npm failed, in one sentence with what to do. */
function installSentence(output) {
  const has = (pattern) => pattern.test(output);
  if (has(/ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|ERR_SOCKET_TIMEOUT|EIDLETIMEOUT/)) {
    return 'The packages could not be downloaded: connect this machine to the internet (registry.npmjs.org), or set a mirror with `npm config set registry URL`, then start again.';
  }
  if (has(/ENOSPC|EDQUOT/)) return 'The disk is full: the packages need about 2 GB; free some space, then start again.';
  if (has(/EACCES|EPERM|EROFS/)) {
    return `No permission to write ${join(root, 'node_modules')}: check who owns the checkout, then start again.`;
  }
  if (has(/EINTEGRITY/)) {
    return 'A downloaded package is not the one that package-lock.json names: run `npm cache verify`, then start again.';
  }
  if (has(/EUSAGE/)) {
    return 'package.json and package-lock.json do not belong together: restore both with git, then start again.';
  }
  const reason = output.split('\n').find((line) => /^npm (?:error|ERR!) /.test(line) && !/ code /.test(line));
  return `npm could not install the packages: ${reason ? reason.replace(/^npm \S+ /, '') : 'it gave no reason'}`;
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return fault.code === 'EPERM';
  }
}

/** Tells a process from a later one with its number; empty where the system doesn't. As in process/liveProcess.ts. */
function birthmark(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${ticks}`;
  } catch {
    return '';
  }
}

/** Takes the lock if nobody has it. A disk without room leaves none behind. */
function takeLock(lock) {
  let descriptor;
  try {
    descriptor = openSync(lock, 'wx', 0o600);
  } catch (fault) {
    if (fault.code === 'EEXIST') return false;
    throw fault;
  }
  try {
    writeFileSync(descriptor, `${process.pid} ${birthmark(process.pid)}`);
    return true;
  } catch (fault) {
    rmSync(lock, { force: true });
    throw fault;
  } finally {
    closeSync(descriptor);
  }
}

/** Whoever made a lock this long ago has written its number, or never will. */
const emptyLockMs = 5_000;

/** The process that holds a lock, `gone` if it has ended, `unknown` if it has yet to write its number. */
function lockHolder(lock) {
  try {
    const [number = '', mark] = readFileSync(lock, 'utf8').split(' ');
    const pid = Number.parseInt(number, 10);
    if (Number.isNaN(pid)) return Date.now() - statSync(lock).mtimeMs > emptyLockMs ? 'gone' : 'unknown';
    return isRunning(pid) && birthmark(pid) === mark ? pid : 'gone';
  } catch (fault) {
    if (fault.code === 'ENOENT') return 'unknown';
    throw fault;
  }
}

/** One installation of a checkout at a time: a second command waits for the first one's, unless it's asked to end. */
async function withInstallLock(ending, act) {
  let told = false;
  const lock = join(tmpdir(), `sotto-install-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`);
  while (!takeLock(lock)) {
    if (ending.aborted) return undefined;
    const holder = lockHolder(lock);
    if (holder === 'gone') rmSync(lock, { force: true });
    else if (holder !== 'unknown' && !told) {
      say(`packages: waiting for process ${holder}, which is installing them`);
      told = true;
    }
    // Also after a stale lock: whoever else has just read that one removes it before we make ours.
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  try {
    return await act();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Installs, and stops with all that npm has started when `ending` fires: the next time starts over. */
function npmCi(ending) {
  const flags = ['--include=dev', '--include=optional', '--ignore-scripts', '--no-audit', '--no-fund'];
  const args = ['ci', ...flags, '--engine-strict=false', '--loglevel=error', '--fetch-retry-maxtimeout=10000'];
  const npm = process.env.npm_execpath ?? '';
  const [file, full] = /npm-cli\.c?js$/.test(npm) ? [process.execPath, [npm, ...args]] : ['npm', args];
  return new Promise((resolve) => {
    const child = spawn(file, full, { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const stop = () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    };
    ending.addEventListener('abort', stop, { once: true });
    let output = '';
    const take = (chunk) => {
      output = (output + chunk).slice(-65536);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (fault) => resolve({ ok: false, output: `npm error ${fault.message}` }));
    child.on('close', (code) => {
      ending.removeEventListener('abort', stop);
      resolve({ ok: code === 0, output });
    });
  });
}

/** @param ending an `AbortSignal` that ends it early: then nothing counts as installed */
async function install(ending) {
  const lockfile = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const wanted = wantedStamp(lockfile);
  const isDone = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (isDone()) return;
  if (matchesInstalled(lockfile)) return writeFileSync(stamp, wanted);
  const failure = await withInstallLock(ending, async () => {
    if (isDone()) return undefined;
    const started = Date.now();
    const elapsed = () => `${((Date.now() - started) / 1000).toFixed(1).padStart(7)} s`;
    say(`${elapsed()}  packages: installing by package-lock.json`);
    const beat = setInterval(() => say(`${elapsed()}  packages: still installing`), 15_000);
    const { ok, output } = await npmCi(ending);
    clearInterval(beat);
    if (ending.aborted) return undefined;
    if (!ok) return installSentence(output);
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, wanted);
    say(`${elapsed()}  packages: done`);
    return undefined;
  });
  if (failure) refuse(failure);
}

/** The Node that the lockfile's platform package brings, or the machine's own if it is new enough. */
function findNode() {
  const own = join(bin, 'node');
  const result = existsSync(own) ? spawnSync(own, ['--version'], { encoding: 'utf8' }) : undefined;
  if (result?.status === 0 && major(result.stdout) >= serviceNode) return own;
  if (major(process.version) >= serviceNode) return process.execPath;
  if (result === undefined) {
    return refuse(`No Node ${serviceNode} is published for ${platform()}-${arch()}: install one, then start again.`);
  }
  return refuse(
    `The Node ${serviceNode} of the packages does not run here: it needs kernel 4.18 and glibc 2.28 or newer (Debian 10, Ubuntu 20.04, RHEL 8); update the system, or install Node ${serviceNode} for it.`,
  );
}

async function main([command = '', ...args]) {
  if (major(process.version) < oldestNode) {
    refuse(
      `This is Node ${process.version}; Sotto needs Node ${oldestNode} or newer: see https://nodejs.org/en/download`,
    );
  }
  if (!Object.hasOwn(programs, command)) {
    say(`Say what to do: npm run ${Object.keys(programs).join(', ')}.`);
    process.exit(2);
  }
  const ending = new AbortController();
  let child;
  const end = (signal) => {
    ending.abort(signal);
    child?.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(signal));
  // Killed for good, npm can't tell us: then we have another parent.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.env.npm_lifecycle_event && process.ppid !== parent) end('SIGTERM');
  }, 1000);
  await install(ending.signal);
  if (ending.signal.aborted) process.exit(128 + constants.signals[ending.signal.reason]);
  const [program, ...first] = programs[command];
  const env = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
    // Halves the time that a service takes to load.
    NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'node'),
  };
  // What npm tells of itself means nothing to what runs below.
  for (const name of Object.keys(env)) if (/^npm_/i.test(name) && name !== 'npm_execpath') delete env[name];
  child = spawn(findNode(), [join(root, program), ...first, ...args], {
    env,
    // Over the fourth channel it notices should this process vanish.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  child.on('error', (fault) => refuse(`Node could not be started (${fault.code}): start again.`));
  child.on('exit', (code) => {
    clearInterval(watch);
    process.exit(code ?? 1);
  });
}

await main(process.argv.slice(2)).catch((fault) => refuse(installSentence(`npm error ${fault.code} ${fault.message}`)));
