/** Counters further than this behind the newest one are taken for seen. */
const replayWindowFrames = 2048;

/** Which counters were seen with one key on one track. Counters needn't be contiguous: tracks share one. */
export class ReplayWindow {
  readonly #seen = new Set<bigint>();
  #newest = -1n;

  /** Whether `counter` is new: asked before the work of opening. */
  isFresh(counter: bigint): boolean {
    return counter > this.#newest - BigInt(replayWindowFrames) && !this.#seen.has(counter);
  }

  /** Marks `counter` as seen, once its frame has proved authentic; false if it was seen meanwhile. */
  accept(counter: bigint): boolean {
    if (!this.isFresh(counter)) return false;
    this.#seen.add(counter);
    if (counter <= this.#newest) return true;
    this.#newest = counter;
    // Oldest first, nearly: one that came out of order stays a little longer, and `isFresh` refuses it by its age.
    for (const old of this.#seen) {
      if (old > counter - BigInt(replayWindowFrames)) break;
      this.#seen.delete(old);
    }
    return true;
  }
}
