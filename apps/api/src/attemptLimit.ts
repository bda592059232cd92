import { isIPv6 } from 'node:net';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** Counts attempts by a key within a window. Taken before the attempt, so that parallel ones can't overrun it. */
export interface AttemptLimit {
  /** `rateLimited`, with the time to wait, when the window's points are used up. */
  take(key: string): Promise<Result<undefined>>;
  /** Gives a point back: the attempt turned out to be a good one. */
  giveBack(key: string): Promise<void>;
}

/**
 * @param points attempts in one window
 * @param seconds length of the window, from its first attempt
 */
export function createAttemptLimit(points: number, seconds: number): AttemptLimit {
  const limiter = new RateLimiterMemory({ points, duration: seconds });
  return {
    async take(key) {
      try {
        await limiter.consume(key);
        return accepted(undefined);
      } catch (fault) {
        if (fault instanceof RateLimiterRes) return refused('rateLimited', fault.msBeforeNext);
        throw fault;
      }
    },
    async giveBack(key) {
      await limiter.reward(key);
    },
  };
}

/** Every limit of the api. The sign-in and join ones count only what failed. */
export interface AttemptLimits {
  /** All requests of an address. */
  readonly requests: AttemptLimit;
  readonly signInByAddress: AttemptLimit;
  readonly signInByAccount: AttemptLimit;
  readonly joinByAddress: AttemptLimit;
}

export const createAttemptLimits = (): AttemptLimits => ({
  requests: createAttemptLimit(3000, 60),
  signInByAddress: createAttemptLimit(50, 900),
  signInByAccount: createAttemptLimit(10, 900),
  joinByAddress: createAttemptLimit(30, 300),
});

/** What an address is counted under: itself, or for IPv6 its /64, which is what one household gets. */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%', 1)[0]?.toLowerCase().split('::') ?? [];
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const before = groups(head);
  const after = groups(tail ?? '');
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
