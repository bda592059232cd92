/** How long to wait before trying again: full jitter, so that many clients of a restarted server spread out. */
export interface Backoff {
  /** Milliseconds to wait before the next attempt; each call counts as one failed attempt. */
  next(): number;
  /** To be called after a success. */
  reset(): void;
}

/**
 * @param baseMs upper bound of the first wait
 * @param capMs upper bound of every wait
 * @param random uniform in [0, 1)
 */
export function createBackoff(baseMs: number, capMs: number, random: () => number): Backoff {
  let attempts = 0;
  return {
    next() {
      // 2 ** 16 is beyond every cap in use; without the bound the power would overflow after days offline.
      const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(attempts, 16));
      attempts += 1;
      return Math.floor(random() * ceiling);
    },
    reset() {
      attempts = 0;
    },
  };
}

/** Uniform in [0, 1), of the platform's cryptography. */
export function randomFraction(): number {
  const [value = 0] = crypto.getRandomValues(new Uint32Array(1));
  return value / 2 ** 32;
}
