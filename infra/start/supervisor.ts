import { setTimeout as delay } from 'node:timers/promises';
import { Cancelled, faultSentence } from '../errors.ts';
import type { Part, RunningPart } from './part.ts';

/** When a part that ended is started again. */
export interface RestartPolicy {
  /** More ends of one part than this within the window, and everything stops. */
  maxExits: number;
  windowMs: number;
  /** Wait before the first restart; doubles with every further end in the window. */
  backoffMs: number;
}

export const restartPolicy: RestartPolicy = { maxExits: 3, windowMs: 60_000, backoffMs: 500 };

export interface SupervisorOptions {
  policy: RestartPolicy;
  /** Monotonic milliseconds. */
  clock: () => number;
  /** Told of ends and restarts in one line each. */
  report: (line: string) => void;
}

/** How it all ended: somebody asked, or a part ended too often; the sentence says which and why. */
type Finish = { tag: 'asked' } | { tag: 'gaveUp'; sentence: string };

/**
 * Keeps parts running. A part that ends is restarted with backoff while the others go on; one that ends too often
 * takes everything down.
 */
export interface Supervisor {
  /**
   * Starts a part that needs those started before it.
   *
   * @throws StartError with the part's own sentence if it doesn't start; the others go on
   * @throws Cancelled if everything is stopping
   */
  start(part: Part): Promise<void>;
  /** Settles when everything has stopped. */
  finished: Promise<Finish>;
  /** Stops the last started part first, each within seconds. */
  stop(): Promise<void>;
  /** Ends all parts at once. */
  kill(): void;
}

interface Slot {
  part: Part;
  running: RunningPart | undefined;
  /** Settles when the start that is under way is over. */
  starting: Promise<unknown>;
  /** When it ended unasked, on the clock. */
  exits: number[];
}

export function createSupervisor({ policy, clock, report }: SupervisorOptions): Supervisor {
  const slots: Slot[] = [];
  const finished = Promise.withResolvers<Finish>();
  const stopping = new AbortController();

  const stopAll = async (finish: Finish): Promise<void> => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    for (const slot of slots.toReversed()) {
      await slot.starting;
      await slot.running?.stop();
    }
    finished.resolve(finish);
  };

  /** @returns the wait before the next start, or undefined if it ended once too often */
  const backoff = (slot: Slot): number | undefined => {
    const now = clock();
    slot.exits = [...slot.exits.filter((at) => now - at < policy.windowMs), now];
    return slot.exits.length > policy.maxExits ? undefined : policy.backoffMs * 2 ** (slot.exits.length - 1);
  };

  const run = async (slot: Slot): Promise<void> => {
    const running = await slot.part.start(stopping.signal);
    slot.running = running;
    void running.exited.then((reason) => {
      slot.running = undefined;
      if (!stopping.signal.aborted) slot.starting = restart(slot, reason);
    });
  };

  const restart = async (slot: Slot, reason: string): Promise<void> => {
    const { name } = slot.part;
    const wait = backoff(slot);
    if (wait === undefined) {
      const sentence = `${name} ended ${slot.exits.length} times in a minute, so everything stops; last: ${reason}`;
      // Not awaited: stopping waits for this very restart to be over.
      void stopAll({ tag: 'gaveUp', sentence });
      return;
    }
    report(`${name} ended (${reason}); starting it again in ${wait / 1000} s`);
    try {
      await delay(wait, undefined, { signal: stopping.signal });
    } catch {
      return;
    }
    try {
      await run(slot);
      report(`${name} runs again`);
    } catch (fault) {
      if (!stopping.signal.aborted) await restart(slot, faultSentence(fault));
    }
  };

  return {
    finished: finished.promise,
    start: async (part) => {
      if (stopping.signal.aborted) throw new Cancelled();
      const slot: Slot = { part, running: undefined, starting: Promise.resolve(), exits: [] };
      slots.push(slot);
      const starting = run(slot);
      slot.starting = starting.catch(() => undefined);
      await starting;
    },
    stop: async () => {
      await stopAll({ tag: 'asked' });
      await finished.promise;
    },
    kill: () => {
      stopping.abort();
      for (const slot of slots) slot.running?.kill();
      finished.resolve({ tag: 'asked' });
    },
  };
}
