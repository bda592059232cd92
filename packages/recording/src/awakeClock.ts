/** Nothing at all happened for so long: the device slept. Timers of a page in a call are never held back so long. */
const asleepMs = 90_000;

/**
 * Finds out that the device has slept. Some systems count that time and some don't; a recording never does, so that what
 * comes behind it follows what was before. SPEC.md section 3.
 */
export class AwakeClock {
  #last: number | null = null;

  /** @param at of a frame or a tick, ms. @returns for how long the device slept until then, ms; 0 if it didn't */
  note(at: number): number {
    const gap = this.#last === null ? 0 : at - this.#last;
    this.#last = Math.max(this.#last ?? at, at);
    return gap < asleepMs ? 0 : gap;
  }
}
