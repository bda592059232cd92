import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from '../errors.ts';
import { endingWithParent } from '../process/command.ts';

/** Programs that run in the foreground until they are stopped, or this process ends. */
export class Daemons {
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #running = new Map<ChildProcess, Promise<void>>();
  #lost = false;

  constructor(folder: string, environment: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#environment = environment;
  }

  start(file: string, ...args: string[]): void {
    const [command, commandArgs] = endingWithParent(file, args, 'KILL');
    const child = spawn(command, commandArgs, { cwd: this.#folder, env: this.#environment, stdio: 'ignore' });
    const ended = new Promise<void>((resolve) => {
      const end = () => {
        this.#lost = true;
        resolve();
      };
      child.once('error', end).once('exit', end);
    });
    this.#running.set(child, ended);
  }

  /**
   * Waits until a server answers, whatever it says.
   *
   * @throws StartError when one of the programs has ended, or the time is over
   */
  async answers(address: string, timeoutMs: number): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMs);
    while (!this.#lost && !signal.aborted) {
      const response = await fetch(address, { signal: AbortSignal.timeout(2000) }).catch(() => null);
      if (response !== null) {
        await response.body?.cancel();
        return;
      }
      await delay(50);
    }
    throw new StartError('Ceph could not be started for the tests: one of its programs ended or did not answer.');
  }

  /** Ends them all at once: there is nothing that they should keep. */
  async stop(): Promise<void> {
    for (const child of this.#running.keys()) child.kill('SIGKILL');
    await Promise.all(this.#running.values());
    this.#running.clear();
  }
}
