import { createWorker, type types } from 'mediasoup';
import { fullJitter } from './backoff.ts';
import type { SfuLog } from './log.ts';
import type { ListenAddress } from './settings.ts';

/** A worker process that lives, with the ports that its transports share. */
export interface LiveWorker {
  readonly index: number;
  readonly worker: types.Worker;
  readonly webRtcServer: types.WebRtcServer;
}

export interface WorkerPoolOptions {
  readonly workers: number;
  readonly rtcPort: number;
  readonly listen: readonly ListenAddress[];
  readonly workerBin: string;
  readonly random: () => number;
  readonly log: SfuLog;
  /** Told at once when a worker's process has died; what it carried is gone. */
  readonly onDied: (index: number) => void;
  /** Told when the number of live workers has changed. */
  readonly onChange: () => void;
}

const restart = { baseMs: 200, capMs: 10_000 } as const;
/** A worker that lived this long starts its count of failures anew. */
const provenMs = 60_000;

/** One worker process a slot; a slot whose worker died gets a new one, after a growing wait. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #live = new Map<number, LiveWorker>();
  readonly #restarts = new Map<number, NodeJS.Timeout>();
  readonly #failures = new Map<number, number>();
  #closed = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** Starts every worker. Throws if one can't: binary missing, port taken. */
  async start(): Promise<void> {
    try {
      await Promise.all(Array.from({ length: this.#options.workers }, (_, index) => this.#spawn(index)));
    } catch (fault) {
      this.close();
      throw fault;
    }
  }

  get live(): readonly LiveWorker[] {
    return [...this.#live.values()];
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#restarts.values()) clearTimeout(timer);
    for (const { worker } of this.#live.values()) worker.close();
    this.#live.clear();
  }

  async #spawn(index: number): Promise<void> {
    const { workerBin, rtcPort, listen, log } = this.#options;
    const worker = await createWorker({ workerBin, logLevel: 'none' });
    try {
      const port = rtcPort + index;
      const webRtcServer = await worker.createWebRtcServer({
        listenInfos: listen.flatMap((address) => [
          { protocol: 'udp', port, ...address },
          { protocol: 'tcp', port, ...address },
        ]),
      });
      if (this.#closed) {
        worker.close();
        return;
      }
      this.#live.set(index, { index, worker, webRtcServer });
    } catch (fault) {
      worker.close();
      throw fault;
    }
    const startedAt = performance.now();
    worker.once('died', () => {
      this.#live.delete(index);
      if (performance.now() - startedAt > provenMs) this.#failures.delete(index);
      log.error('workerDied', { worker: index, pid: worker.pid });
      this.#options.onDied(index);
      this.#options.onChange();
      this.#scheduleRestart(index);
    });
    log.info('workerStarted', { worker: index, pid: worker.pid, port: rtcPort + index });
    this.#options.onChange();
  }

  #scheduleRestart(index: number): void {
    if (this.#closed) return;
    const failures = this.#failures.get(index) ?? 0;
    this.#failures.set(index, failures + 1);
    const timer = setTimeout(
      () => {
        this.#restarts.delete(index);
        this.#spawn(index).catch((fault: unknown) => {
          this.#options.log.error('workerNotStarted', { worker: index, error: fault });
          this.#scheduleRestart(index);
        });
      },
      fullJitter(failures, restart.baseMs, restart.capMs, this.#options.random),
    );
    this.#restarts.set(index, timer);
  }
}
