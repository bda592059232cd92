/** So long nothing is played, or nobody looks at the page, before a recording is locked. */
export const idleMs = 15 * 60_000;

/** Watches over an open recording: keys aren't kept for somebody who has gone. Times in milliseconds, of one clock. */
export class IdleClock {
  #playedAt: number;
  #hiddenSince: number | null = null;

  constructor(now: number) {
    this.#playedAt = now;
  }

  /** @returns whether it is time to lock. To be called every few seconds, and when the page comes back. */
  look(now: number, isPlaying: boolean, isHidden: boolean): boolean {
    if (isPlaying) this.#playedAt = Math.max(this.#playedAt, now);
    const hiddenSince = this.#hiddenSince;
    this.#hiddenSince = isHidden ? (hiddenSince ?? now) : null;
    // A device that slept comes back with both far in the past.
    const hiddenFor = hiddenSince === null ? 0 : now - hiddenSince;
    return now - this.#playedAt >= idleMs && !isPlaying ? true : hiddenFor >= idleMs;
  }

  /** Somebody pressed or moved something. */
  touch(now: number): void {
    this.#playedAt = Math.max(this.#playedAt, now);
  }
}
