import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartError } from '../errors.ts';
import { endingWithParent, runCommand } from '../process/command.ts';
import { ensureToolchain } from './toolchain.ts';
import { isRunnableWorker } from './workerCheck.ts';

const makefile = join(import.meta.dirname, 'build/worker.mk');
const shim = join(import.meta.dirname, 'build/shim');

/** A compiler process of this source takes up to 900 MB. */
const bytesPerJob = 900 * 1024 * 1024;

function jobs(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(process.availableMemory() / bytesPerJob)));
}

/** The line of a failed build that says why. */
function reason(output: string): string {
  const lines = output.split('\n');
  return lines.find((line) => /\berror\b|\bKilled\b|No space left/i.test(line))?.trim() ?? lines.at(-2)?.trim() ?? '';
}

/**
 * Compiles the worker from the source that the mediasoup package brings, with Debian's libraries. Takes 4 to 5
 * minutes on two cores.
 *
 * @param target where the binary goes
 * @param report told how far it is
 * @throws StartError if something is missing or the result doesn't run here
 */
export async function compileWorker(
  mediasoup: string,
  target: string,
  report: (detail: string) => void,
  signal: AbortSignal,
): Promise<void> {
  await ensureToolchain(report, signal);
  const build = await mkdtemp(join(tmpdir(), 'sotto-worker-'));
  try {
    const variables = [`W=${join(mediasoup, 'worker')}`, `SHIM=${shim}`, `B=${build}`];
    const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TMPDIR: tmpdir() };
    const planned = await runCommand('make', ['-s', '-f', makefile, 'count', ...variables], { env, signal });
    const total = planned.tag === 'ended' ? Number.parseInt(planned.stdout, 10) : Number.NaN;
    let done = 0;
    const [file, args] = endingWithParent('make', ['-j', String(jobs()), '-f', makefile, ...variables], 'KILL');
    const result = await runCommand(file, args, {
      env,
      signal,
      onLine: (line) => {
        if (!line.startsWith('compile ')) return;
        done += 1;
        report(`building from source, ${done} of ${Number.isNaN(total) ? 'many' : total} files`);
      },
    });
    if (result.tag !== 'ended' || result.code !== 0) {
      const why = result.tag === 'notFound' ? 'make is not installed' : reason(result.output);
      throw new StartError(
        `The media worker could not be built (${why}): let this machine reach github.com for the ready-made one.`,
      );
    }
    await copyFile(join(build, 'mediasoup-worker'), target);
  } finally {
    await rm(build, { recursive: true, force: true });
  }
  if (!(await isRunnableWorker(target))) {
    throw new StartError('The media worker was built but does not run on this machine: report this with your system.');
  }
}
