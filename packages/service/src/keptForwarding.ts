import { lookRegularly, type RegularLook } from './lookRegularly.ts';

const lookMs = 1000;
const longestPauseMs = 60_000;

/** What is said of it. */
export interface ForwardingEvents {
  /** It failed, and hadn't before; or has for another while. @param pauseMs until it is tried again */
  readonly onDown: (error: unknown, pauseMs: number) => void;
  /** It works again. */
  readonly onUp: () => void;
}

/**
 * Sends on what there is, every second; after a failure ever more seldom, up to once a minute. Nobody waits for it.
 *
 * @param forward sends what hasn't been sent
 * @param now Unix ms
 */
export function keepForwarding(
  forward: () => Promise<unknown>,
  { onDown, onUp }: ForwardingEvents,
  now: () => number = Date.now,
): RegularLook {
  let pauseMs = 0;
  let notBefore = 0;
  return lookRegularly(lookMs, async () => {
    if (now() < notBefore) return;
    try {
      await forward();
      if (pauseMs > 0) onUp();
      pauseMs = 0;
    } catch (error) {
      pauseMs = Math.min(Math.max(pauseMs * 2, lookMs), longestPauseMs);
      notBefore = now() + pauseMs;
      onDown(error, pauseMs);
    }
  });
}
