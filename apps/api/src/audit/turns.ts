import { AuditStoreError } from '@sotto/audit/postgres';

/** How many go on at once, and how many more may wait for that. */
export interface TurnOptions {
  readonly atOnce: number;
  readonly maxWaiting: number;
}

/**
 * Lets a few go on at once; the others wait in the order in which they came. Who waits here holds no connection, so whatever
 * only reads always finds one.
 */
export class Turns {
  readonly #maxWaiting: number;
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor({ atOnce, maxWaiting }: TurnOptions) {
    this.#free = atOnce;
    this.#maxWaiting = maxWaiting;
  }

  /** @throws AuditStoreError `busy` if too many wait: then nothing was done */
  async take<T>(act: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else if (this.#waiting.length >= this.#maxWaiting) throw new AuditStoreError('busy');
    // Whoever ends hands its place on.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await act();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
