import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** What a command-line tool answered. */
export interface ToolResult {
  /** Exit code; null if a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs an installed tool in a checkout and waits for it.
 *
 * @param root the checkout, whose `node_modules/.bin` has the tool
 * @param tool the command's name
 * @throws if the tool isn't there
 */
export function runTool(root: string, tool: string, args: readonly string[]): ToolResult {
  const commands = join(root, 'node_modules', '.bin');
  const { status, stdout, stderr, error } = spawnSync(join(commands, tool), args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 27,
    env: { ...process.env, PATH: `${commands}${delimiter}${process.env['PATH'] ?? ''}`, NO_COLOR: '1' },
  });
  if (error) throw error;
  return { status, stdout, stderr };
}
