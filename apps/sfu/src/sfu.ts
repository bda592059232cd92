import { randomBytes, randomInt } from 'node:crypto';
import { nodeId } from '@sotto/protocol/ids';
import { createCommandRunner } from './commands.ts';
import { ControlLink } from './controlLink.ts';
import type { SfuLog } from './log.ts';
import { Rooms } from './rooms.ts';
import type { SfuSettings } from './settings.ts';
import { WorkerPool } from './workerPool.ts';

/** How often signaling hears of the load, in milliseconds. */
const loadIntervalMs = 5000;

export interface RunningSfu {
  close(): Promise<void>;
}

/**
 * Starts the workers, then dials signaling and keeps dialling. Rooms live as long as that link: when it breaks, both
 * sides take them for lost, so that neither holds what the other has forgotten.
 *
 * @returns once signaling has taken this node in
 */
export async function startSfu(settings: SfuSettings, log: SfuLog): Promise<RunningSfu> {
  const id = nodeId.parse(randomBytes(16).toString('base64url'));
  const random = () => randomInt(2 ** 32) / 2 ** 32;

  const rooms = new Rooms({
    workers: () => pool.live,
    emit: (name, event) => link.emit(name, event),
    now: () => performance.now(),
    log,
  });
  const tellLoad = () => link.emit('node:load', { workers: pool.live.length, ...rooms.load });
  const pool: WorkerPool = new WorkerPool({
    workers: settings.workers,
    rtcPort: settings.rtcPort,
    listen: settings.listen,
    workerBin: settings.workerBin,
    random,
    log,
    onDied: (index) => rooms.workerDied(index),
    onChange: tellLoad,
  });
  const up = Promise.withResolvers<undefined>();
  const link = new ControlLink({
    url: settings.controlUrl,
    identity: settings.identity,
    ca: settings.ca,
    hello: () => ({ v: 1, nodeId: id, workers: settings.workers }),
    run: createCommandRunner(rooms, log),
    onUp: () => {
      tellLoad();
      up.resolve(undefined);
    },
    onDown: () => rooms.closeAll(),
    random,
    log,
  });

  await pool.start();
  link.dial();
  await up.promise;
  const timer = setInterval(tellLoad, loadIntervalMs);
  return {
    async close() {
      clearInterval(timer);
      link.close();
      rooms.closeAll();
      pool.close();
    },
  };
}
