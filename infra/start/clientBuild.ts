import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { StartError } from '../errors.ts';
import { readIfThere, writeAtomic } from '../files/atomicFile.ts';
import { runCommand } from '../process/command.ts';
import { withLock } from '../process/processLock.ts';
import type { Report } from './progress.ts';
import { clientFolder } from './services.ts';

const manifest = z.object({ name: z.string(), dependencies: z.record(z.string(), z.string()).default({}) });

const readManifest = (folder: string) => manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));

/** A workspace's folder and those of all workspaces that it depends on. */
function foldersOf(repository: string, folder: string): string[] {
  const byName = new Map(
    globSync(['apps/*/package.json', 'packages/*/package.json'], { cwd: repository })
      .map((path) => join(repository, dirname(path)))
      .map((path) => [readManifest(path).name, path] as const),
  );
  const found = new Set<string>();
  const visit = (path: string) => {
    if (found.has(path)) return;
    found.add(path);
    for (const name of Object.keys(readManifest(path).dependencies)) {
      const dependency = byName.get(name);
      if (dependency) visit(dependency);
    }
  };
  visit(folder);
  return [...found].sort();
}

/** What tools write into a workspace; none of it goes into the build. */
const written = new Set(['node_modules', 'out', '.next', '.turbo', 'test-results']);

/**
 * SHA-256 over everything that the built client follows from: its sources and those of the packages in it, the
 * lockfile, and the Node that builds.
 */
function inputHash(repository: string): string {
  const hash = createHash('sha256').update(`${process.version}\n`);
  const add = (path: string) => hash.update(`${path}\n`).update(readFileSync(path)).update('\n');
  add(join(repository, 'package-lock.json'));
  for (const folder of foldersOf(repository, join(repository, 'apps/web'))) {
    const files = globSync('**/*', { cwd: folder, withFileTypes: true, exclude: (entry) => written.has(entry.name) })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.tsbuildinfo') && !entry.name.includes('.test.'))
      .map((entry) => join(entry.parentPath, entry.name));
    for (const path of files.sort()) add(path);
  }
  return hash.digest('hex');
}

/** Why the build failed, from what it said. */
function reason(output: string): string {
  if (/ENOSPC|No space left/.test(output)) return 'the disk is full, free some space';
  if (/heap out of memory|ENOMEM|Killed|SIGKILL/.test(output)) return 'there is not enough memory, close some programs';
  const line = output.split('\n').find((each) => /error/i.test(each) && !/error code|errors?-only/i.test(each));
  return line?.replace(/^.*?:build: /, '').trim() ?? 'it gave no reason';
}

/**
 * Builds the static client, unless what lies there is built from exactly these sources. One build of a checkout at a
 * time.
 *
 * @throws StartError with the reason
 */
export async function ensureClient(repository: string, report: Report, signal: AbortSignal): Promise<void> {
  const state = join(repository, 'node_modules/.cache/sotto/client');
  const isBuilt = (hash: string) =>
    readIfThere(state) === hash && existsSync(join(clientFolder(repository), 'csp.json'));
  const wanted = inputHash(repository);
  if (isBuilt(wanted)) {
    report('unchanged');
    return;
  }
  const onWait = (pid: number) => report(`waiting for process ${pid}, which is building it`);
  await withLock(`${state}.lock`, { onWait, signal }, async () => {
    if (isBuilt(wanted)) {
      report('built meanwhile');
      return;
    }
    report('building');
    const turbo = join(repository, 'node_modules/.bin/turbo');
    const result = await runCommand(
      turbo,
      ['run', 'build', '--filter=@sotto/web', '--output-logs=new-only', '--no-color'],
      {
        cwd: repository,
        env: {
          PATH: process.env['PATH'],
          HOME: process.env['HOME'],
          TMPDIR: process.env['TMPDIR'],
          CI: '1',
          TURBO_TELEMETRY_DISABLED: '1',
          NEXT_TELEMETRY_DISABLED: '1',
          DO_NOT_TRACK: '1',
        },
        timeoutMs: 15 * 60_000,
        signal,
      },
    );
    if (result.tag === 'notFound')
      throw new StartError('The packages are incomplete: delete node_modules, start again.');
    if (result.tag === 'timedOut')
      throw new StartError('Building the client took over 15 minutes: is the machine busy?');
    if (result.code !== 0) throw new StartError(`The client could not be built: ${reason(result.output)}.`);
    if (!existsSync(join(clientFolder(repository), 'csp.json'))) {
      throw new StartError('The client was built without its content policy (csp.json); this is a defect in Sotto.');
    }
    writeAtomic(state, wanted);
    report('built');
  });
}
