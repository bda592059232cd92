/** So often who records says again that they do. */
const dueMs = 10_000;
/** So long without a word of it nobody else knows whether they do. */
const outMs = 30_000;

/** That a recording runs, as who records says it again and again: SPEC.md section 6.3. */
export class RecorderWord {
  readonly #now: () => number;
  #givenAt: number;
  #isOut = false;

  /** @param now monotonic, ms */
  constructor(now: () => number) {
    this.#now = now;
    this.#givenAt = now();
  }

  /** It's this one's turn to say it again. */
  get isDue(): boolean {
    return this.#now() - this.#givenAt >= dueMs;
  }

  /** Nothing was heard for too long. */
  get isOut(): boolean {
    return this.#isOut;
  }

  /** Anything signed came of them, or was said. @returns whether it had run out */
  given(): boolean {
    const wasOut = this.#isOut;
    this.#givenAt = this.#now();
    this.#isOut = false;
    return wasOut;
  }

  /** @returns whether it has run out just now */
  hasRunOut(): boolean {
    if (this.#isOut || this.#now() - this.#givenAt < outMs) return false;
    this.#isOut = true;
    return true;
  }
}
