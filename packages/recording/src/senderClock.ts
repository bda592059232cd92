/** The least delay is looked for in so many stretches of so long. */
const stretchMs = 2_000;
const stretches = 8;
/** How long the offset simply follows the least delay: the first frames may be late. */
const settlingMs = 2_000;
/** How fast it follows later: faster than clocks drift apart, too slowly to be seen. */
const slew = 0.002;
/** A delay that grows at once by more isn't one: the sender's clock was set anew. */
const leapMs = 5_000;

/**
 * One leaf's media time on the recorder's clock: the sender's steps, anchored to the shortest way that a frame of any of
 * its tracks took of late. SPEC.md section 3.
 */
export class SenderClock {
  #least: { stretch: number; delay: number }[] = [];
  #offset = 0;
  #began: number | null = null;
  #last = 0;

  /**
   * @param mediaMs the sender's
   * @param at when it came, in ms of the recorder's clock
   * @returns when it was, in ms of the recorder's clock
   */
  place(mediaMs: number, at: number): number {
    const delay = at - mediaMs;
    if (this.#began === null || Math.abs(delay - this.#offset) > leapMs) {
      this.#least = [];
      this.#began = at;
      this.#offset = delay;
    }
    const target = this.#leastDelay(delay, at);
    const step = slew * Math.max(0, at - this.#last);
    if (at - this.#began < settlingMs) this.#offset = target;
    else this.#offset += Math.min(step, Math.max(-step, target - this.#offset));
    this.#last = at;
    return mediaMs + this.#offset;
  }

  #leastDelay(delay: number, at: number): number {
    const stretch = Math.floor(at / stretchMs);
    const latest = this.#least.at(-1);
    if (latest?.stretch === stretch) latest.delay = Math.min(latest.delay, delay);
    else this.#least.push({ stretch, delay });
    if (this.#least.length > stretches) this.#least.shift();
    return Math.min(...this.#least.map((found) => found.delay));
  }
}
