import { spawn } from 'node:child_process';

/** mediasoup's own sign of life: without MEDIASOUP_VERSION in its environment the worker exits with this. */
const aliveExitCode = 41;

/** Whether a file is a mediasoup worker that this machine can run. Ends within 5 seconds. */
export async function isRunnableWorker(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(path, [], { env: {}, stdio: 'ignore', timeout: 5_000, killSignal: 'SIGKILL' });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === aliveExitCode));
  });
}
