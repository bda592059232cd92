import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Change } from './trustStore.ts';

const sudo = '/usr/bin/sudo';

/**
 * Runs commands as root, by sudo where we aren't; it asks for the password at the terminal.
 *
 * @param commands each a program with its arguments; the first one that fails ends it
 */
export function runAsRoot(commands: readonly (readonly [string, ...string[]])[]): Change {
  const isRoot = process.getuid?.() === 0;
  const byHand = commands.map((command) => command.join(' ')).join(' && ');
  if (!isRoot && !existsSync(sudo)) return { tag: 'skipped', sentence: `run this as root: ${byHand}` };
  for (const [program, ...args] of commands) {
    const [file, all] = isRoot ? [program, args] : [sudo, ['--', program, ...args]];
    // Its output is no answer of ours: stdout stays clean.
    const { status } = spawnSync(file, all, { stdio: ['inherit', 2, 2] });
    if (status !== 0) return { tag: 'skipped', sentence: `${program} failed; run this as root: ${byHand}` };
  }
  return { tag: 'done' };
}
