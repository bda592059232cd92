import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StartError } from '../errors.ts';
import { withLock } from '../process/processLock.ts';
import { cacheFolder } from './cacheFolder.ts';
import { compileWorker } from './compile.ts';
import { downloadWorker } from './download.ts';
import { mediasoupPackage, thisMachine, workerPath } from './target.ts';
import { isRunnableWorker } from './workerCheck.ts';

const repository = join(import.meta.dirname, '../..');

/** How long the ready-made worker may take to come before it is built here. */
const downloadTimeoutMs = 60_000;

export interface WorkerOptions {
  /** Told in a few words what goes on. */
  report?: (detail: string) => void;
  /** Stops a download or a build. */
  signal?: AbortSignal;
  env?: NodeJS.ProcessEnv;
}

/**
 * A mediasoup worker that runs on this machine: the one that `MEDIASOUP_WORKER_BIN` names, else the cached one, else
 * the official download, else one built from the package's source. Several processes may ask at once; one works, the
 * others wait.
 *
 * @returns the absolute path of the binary
 * @throws StartError if there is no way to get one; it says what to do
 * @throws Cancelled if `signal` stopped it
 */
export async function ensureWorker(options: WorkerOptions = {}): Promise<string> {
  const { report = () => undefined, signal = new AbortController().signal, env = process.env } = options;
  const named = env['MEDIASOUP_WORKER_BIN'];
  if (named) {
    if (await isRunnableWorker(named)) return named;
    throw new StartError('MEDIASOUP_WORKER_BIN names no media worker that runs on this machine: correct or unset it.');
  }
  const { folder, version } = mediasoupPackage(repository);
  const path = workerPath(cacheFolder(env), version, thisMachine());
  if (await isRunnableWorker(path)) return path;

  mkdirSync(dirname(path), { recursive: true });
  const onWait = (pid: number) => report(`waiting for process ${pid}, which is getting it`);
  return withLock(`${path}.lock`, { onWait, signal }, async () => {
    if (await isRunnableWorker(path)) return path;
    const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      report('downloading');
      if (await downloadWorker(folder, temporary, { timeoutMs: downloadTimeoutMs, signal })) {
        report('downloaded');
      } else {
        report('no download, building from source');
        await compileWorker(folder, temporary, report, signal);
        report('built from source');
      }
      chmodSync(temporary, 0o755);
      renameSync(temporary, path);
    } finally {
      rmSync(temporary, { force: true });
    }
    return path;
  });
}
