import { readFileSync } from 'node:fs';
import { hasCode } from '../files/atomicFile.ts';

/**
 * Tells one process from a later one that got the same number: on Linux its start time in clock ticks since boot
 * (proc(5), field 22 of /proc/PID/stat) with the boot's id. Elsewhere empty.
 */
export function birthmark(pid: number): string {
  if (process.platform !== 'linux') return '';
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Field 2 is the program's name in parentheses and may hold anything, so count from the last parenthesis.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${ticks}`;
  } catch {
    return '';
  }
}

/** Whether a process with this number runs, whoever owns it. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return hasCode(fault, 'EPERM');
  }
}
