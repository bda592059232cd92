import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../process/command.ts';
import { isRunnableWorker } from './workerCheck.ts';

/**
 * Takes the official prebuilt worker by the package's own script, as its postinstall would.
 *
 * @param target where the binary goes
 * @returns whether there is a worker at `target` now that runs here
 */
export async function downloadWorker(
  mediasoup: string,
  target: string,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<boolean> {
  const result = await runCommand(process.execPath, ['npm-scripts.mjs', 'postinstall'], {
    cwd: mediasoup,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL: process.env['MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL'],
      // When the download fails the script would go on to build with pip and meson, which download more: `false` is
      // a program that fails at once.
      PYTHON: 'false',
    },
    timeoutMs: options.timeoutMs,
    signal: options.signal,
  });
  const downloaded = join(mediasoup, 'worker/out/Release/mediasoup-worker');
  if (result.tag !== 'ended' || result.code !== 0 || !existsSync(downloaded)) return false;
  await copyFile(downloaded, target);
  return isRunnableWorker(target);
}
