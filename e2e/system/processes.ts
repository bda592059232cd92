import { readdirSync, readFileSync } from 'node:fs';

/** A process of the running system, as Linux shows it under /proc. */
export interface SystemProcess {
  readonly pid: number;
  readonly parent: number;
  /** Its command line, arguments separated by spaces. */
  readonly command: string;
}

function readProcess(pid: number): SystemProcess | undefined {
  try {
    const parent = /^PPid:\s*(\d+)$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return parent === undefined ? undefined : { pid, parent: Number(parent), command };
  } catch {
    // It ended meanwhile.
    return undefined;
  }
}

/** Everything that a process has started, directly or not. */
export function descendants(root: number): SystemProcess[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
  const found: SystemProcess[] = [];
  const open = [root];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    for (const one of all) {
      if (one.parent !== parent) continue;
      found.push(one);
      open.push(one.pid);
    }
  }
  return found;
}

/** The one process under `root` whose command line has these words. */
export function findProcess(root: number, words: string): SystemProcess {
  const [first, second] = descendants(root).filter(({ command }) => command.includes(words));
  if (!first || second) throw new Error(`Not exactly one process runs ${words}.`);
  return first;
}

/** Memory that a process occupies, in bytes. */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s*(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error(`Process ${pid} has no memory figure.`);
  return Number(kilobytes) * 1024;
}

/** Clock ticks a second of /proc, on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Processor time that a process and everything it started have used, in seconds. */
export function processorSeconds(root: number): number {
  const pids = [root, ...descendants(root).map(({ pid }) => pid)];
  return pids.reduce((sum, pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // After the name, which may hold anything: field 3 onwards; 14 and 15 are user and system time.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return sum + (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    } catch {
      return sum;
    }
  }, 0);
}
