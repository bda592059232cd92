import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RunningSystem } from './runningSystem.ts';

const repository = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

export interface CommandResult {
  readonly code: number;
  /** What it wrote, to either. */
  readonly output: string;
  readonly stdout: string;
}

/** What this test run knows of itself, and of its colours, means something else to a run inside of it. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(TEST_|PLAYWRIGHT|PW_?|SOTTO_REPORT|FORCE_COLOR|NO_COLOR)/u.test(name),
  ),
);

async function resultOf(file: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
  const env = { ...environment, ...more };
  try {
    const { stdout, stderr } = await run(file, args, { cwd: repository, encoding: 'utf8', env });
    return { code: 0, output: stdout + stderr, stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    if (typeof code !== 'number') throw error;
    return { code, output: stdout + stderr, stdout };
  }
}

/** A command on the keystore's own host, beside the system that runs. */
export const keystoreCommand = (system: RunningSystem, ...args: string[]): Promise<CommandResult> =>
  resultOf('npm', ['run', '--silent', 'keystore', '--', '--data', system.dataFolder, ...args]);

/** The self-test, of a system that runs. */
export const selftestCommand = (system: RunningSystem, ...args: string[]): Promise<CommandResult> =>
  resultOf('npm', ['run', '--silent', 'selftest', '--', '--data', system.dataFolder, ...args]);

/** The evidence of an incident, of a system that runs. */
export const evidenceCommand = (system: RunningSystem, ...args: string[]): Promise<CommandResult> =>
  resultOf('npm', ['run', '--silent', 'evidence', '--', '--data', system.dataFolder, ...args]);

/** What was ever in the storage, by the api's own host: lines of JSON. */
export const registryCommand = (system: RunningSystem, clinic: string): Promise<CommandResult> =>
  resultOf('node', ['apps/api/src/exportRegistry.ts'], {
    API_DATABASE_URL_FILE: join(system.dataFolder, 'database', 'sotto_app.url'),
    API_CLINIC_ID: clinic,
  });

/** `npx sotto …` */
export const sottoCommand = (...args: string[]): Promise<CommandResult> =>
  resultOf('npx', ['--no-install', 'sotto', ...args]);
