import { mkdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { runCommand } from '../process/command.ts';
import { readPlaywrightReport } from './playwrightReport.ts';
import type { Supplies } from './step.ts';
import { add, oneFailed, onePassed, type Tally } from './tally.ts';
import { readVitestReport } from './vitestReport.ts';

const minute = 60_000;

/** Where commands run and leave their reports. */
export interface Place {
  readonly repository: string;
  /** An empty folder. */
  readonly reports: string;
}

export interface Run {
  readonly code: number;
  readonly output: string;
}

/**
 * Runs a tool of the lockfile, or npm, to its end.
 *
 * @param options.folder in the repository
 * @throws Cancelled when `options.signal` stopped it
 */
export async function run(
  { repository }: Place,
  command: readonly [string, ...string[]],
  options: {
    folder?: string;
    env?: Supplies;
    minutes: number;
    signal?: AbortSignal;
    onLine?: (line: string) => void;
  },
): Promise<Run> {
  const commands = join(repository, 'node_modules', '.bin');
  const [tool, ...args] = command;
  // npm is the machine's own, everything else the lockfile's.
  const result = await runCommand(tool === 'npm' ? tool : join(commands, tool), args, {
    cwd: join(repository, options.folder ?? '.'),
    env: {
      ...process.env,
      PATH: [commands, process.env['PATH'] ?? ''].join(delimiter),
      NO_COLOR: '1',
      NEXT_TELEMETRY_DISABLED: '1',
      TURBO_TELEMETRY_DISABLED: '1',
      ...options.env,
    },
    timeoutMs: options.minutes * minute,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
  });
  switch (result.tag) {
    case 'ended':
      return { code: result.code, output: result.output };
    case 'timedOut':
      return { code: 1, output: `${result.output}\nStopped after ${options.minutes} minutes.` };
    case 'notFound':
      return { code: 1, output: `${tool} is not installed.` };
  }
}

/** A guard: one passed or one failed, by the exit code of the script of this name in the root's package.json. */
export async function runGuard(place: Place, name: string): Promise<Tally> {
  const { code, output } = await run(place, ['npm', 'run', '--silent', name], { minutes: 10 });
  return code === 0 ? onePassed : oneFailed(name, output);
}

/** What a runner reported. Reporting nothing, or success while failing, is a failure of its own. */
function tallyOf(name: string, path: string, read: (text: string) => Tally, { code, output }: Run): Tally {
  let tally: Tally;
  try {
    tally = read(readFileSync(path, 'utf8'));
  } catch {
    return oneFailed(name, `It left no report.\n${output}`);
  }
  if (tally.passed + tally.failed + tally.skipped === 0) return oneFailed(name, `It ran no test.\n${output}`);
  return code !== 0 && tally.failed === 0
    ? add(tally, oneFailed(name, `It ended with status ${code}.\n${output}`))
    : tally;
}

/** The tests of one workspace that vitest runs: all, or some in full length. @param long what vitest gets */
export async function runVitest(
  place: Place,
  folder: string,
  supplies: Supplies,
  long?: readonly string[],
): Promise<Tally> {
  const path = join(place.reports, 'vitest', `${folder.replaceAll('/', '-')}.json`);
  mkdirSync(dirname(path), { recursive: true });
  const command = ['vitest', 'run', ...(long ?? []), '--reporter=json', `--outputFile=${path}`] as const;
  const env = long === undefined ? supplies : { ...supplies, SOTTO_LONG: '1' };
  return tallyOf(
    folder,
    path,
    readVitestReport,
    await run(place, [...command], { folder, env, minutes: long === undefined ? 25 : 60 }),
  );
}

/** The end-to-end tests: those around a call, two systems at a time, or of calls, one at a time (playwright.config.ts). */
export type EndToEnd = 'desk' | 'calls';

/** The end-to-end tests of one kind that a change has to pass, or the long ones of both. */
export async function runPlaywright(place: Place, supplies: Supplies, kind: EndToEnd | 'long'): Promise<Tally> {
  const path = join(place.reports, `playwright-${kind}.json`);
  const isLong = kind === 'long';
  const env = { ...supplies, SOTTO_REPORT: path, SOTTO_LONG: isLong ? '1' : '0' };
  const some = isLong ? [] : [`--project=${kind}`, `--workers=${kind === 'desk' ? 2 : 1}`];
  const result = await run(place, ['playwright', 'test', ...some], { folder: 'e2e', env, minutes: isLong ? 120 : 65 });
  return tallyOf(`e2e ${kind}`, path, readPlaywrightReport, result);
}
