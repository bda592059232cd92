const firstPauseMs = 1_000;
const longestPauseMs = 8_000;

/** When to ask for a key frame of one video track: once it can help, at most once a second, ever more rarely. */
export class KeyFrameRequests {
  #wanted = true;
  #pauseMs = firstPauseMs;
  #askedAt: number | null = null;

  /** A frame was lost: what follows may not decode. */
  lost(): void {
    this.#wanted = true;
  }

  /** A key frame has opened. */
  satisfied(): void {
    this.#wanted = false;
    this.#pauseMs = firstPauseMs;
  }

  /** Whether there is anything to ask for. */
  get areWanted(): boolean {
    return this.#wanted;
  }

  /** Whether to ask now; a true answer counts as having asked. */
  shouldAsk(now: number): boolean {
    if (!this.#wanted) return false;
    if (this.#askedAt !== null && now - this.#askedAt < this.#pauseMs) return false;
    if (this.#askedAt !== null) this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
    this.#askedAt = now;
    return true;
  }
}
