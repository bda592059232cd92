/** What the clock goes by: the wall's goes on while the device sleeps, the steady one is set by nobody. Milliseconds. */
export interface Clocks {
  readonly wall: () => number;
  readonly steady: () => number;
}

export const browserClocks: Clocks = { wall: () => Date.now(), steady: () => performance.now() };

export type Idleness = { readonly tag: 'active' | 'idle' } | { readonly tag: 'warning'; readonly leftMs: number };

interface IdleClockOptions {
  /** So long nobody does anything before it is idle. */
  readonly afterMs: number;
  /** So long before that it warns. */
  readonly warnMs: number;
  readonly clocks: Clocks;
}

/** Tells whether somebody is still there. Once idle it stays so until it is set anew. */
export class IdleClock {
  readonly #options: IdleClockOptions;
  #wall: number;
  #steady: number;
  #isIdle = false;

  constructor(options: IdleClockOptions) {
    this.#options = options;
    this.#wall = options.clocks.wall();
    this.#steady = options.clocks.steady();
  }

  /** For how long nobody did anything, by whichever of the two clocks says longer. */
  get idleMs(): number {
    const { wall, steady } = this.#options.clocks;
    return Math.max(0, wall() - this.#wall, steady() - this.#steady);
  }

  /** Somebody did something just now; too late if it is idle, whether or not anybody has looked since. */
  touch(): void {
    if (this.look().tag !== 'idle') this.set(0);
  }

  /** Somebody did something so long ago, in another page. */
  heard(idleMs: number): void {
    if (this.look().tag !== 'idle' && idleMs < this.idleMs) this.set(idleMs);
  }

  /** Begins anew, also after it was idle. */
  set(idleMs: number): void {
    const { wall, steady } = this.#options.clocks;
    this.#wall = wall() - idleMs;
    this.#steady = steady() - idleMs;
    this.#isIdle = false;
  }

  look(): Idleness {
    const { afterMs, warnMs } = this.#options;
    const leftMs = afterMs - this.idleMs;
    this.#isIdle ||= leftMs <= 0;
    if (this.#isIdle) return { tag: 'idle' };
    return leftMs <= warnMs ? { tag: 'warning', leftMs } : { tag: 'active' };
  }
}
