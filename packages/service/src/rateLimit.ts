import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** Counts by a key within a window that begins with the first of them. Kept in this process. */
export interface RateLimit {
  /** Takes one. @returns null if it was there to take, else how long to wait for the next (whole ms, at least 1) */
  take(key: string): Promise<number | null>;
  /** Takes nothing. @returns null unless the window's were used up, else how long that lasts (whole ms) */
  wait(key: string): Promise<number | null>;
  /** Gives one back. */
  giveBack(key: string): Promise<void>;
  forget(key: string): Promise<void>;
}

export interface RateLimitOptions {
  /** How many in one window. */
  readonly points: number;
  /** Length of the window. */
  readonly seconds: number;
  /** How long nothing is left once the window's were used up; default: until the window ends. */
  readonly blockSeconds?: number;
}

export function createRateLimit({ points, seconds, blockSeconds = 0 }: RateLimitOptions): RateLimit {
  const limiter = new RateLimiterMemory({ points, duration: seconds, blockDuration: blockSeconds });
  return {
    async take(key) {
      try {
        await limiter.consume(key);
        return null;
      } catch (fault) {
        // The library rejects with its state when nothing is left, and with an Error when it is broken itself.
        if (fault instanceof RateLimiterRes) return waitOf(fault);
        throw fault;
      }
    },
    async wait(key) {
      const state = await limiter.get(key);
      return state !== null && state.consumedPoints > points ? waitOf(state) : null;
    },
    async giveBack(key) {
      await limiter.reward(key);
    },
    async forget(key) {
      await limiter.delete(key);
    },
  };
}

function waitOf({ msBeforeNext }: RateLimiterRes): number {
  return Math.max(1, Math.ceil(msBeforeNext));
}
