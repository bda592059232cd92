/** Counters further than this behind the newest one are taken for seen. */
const replayWindowFrames = 2048;

/** Which counters were seen with one key on one track. Counters needn't be contiguous: tracks share one. */
export class ReplayWindow {
  /** Each counter's place is its remainder: two within the window never share one. */
  readonly #seen = new Float64Array(replayWindowFrames).fill(-1);
  #newest = -1;

  /** Whether `counter` is new: asked before the work of opening. */
  isFresh(counter: number): boolean {
    return counter > this.#newest - replayWindowFrames && this.#seen[counter % replayWindowFrames] !== counter;
  }

  /** Marks `counter` as seen, once its frame has proved authentic; false if it was seen meanwhile. */
  accept(counter: number): boolean {
    if (!this.isFresh(counter)) return false;
    this.#seen[counter % replayWindowFrames] = counter;
    this.#newest = Math.max(this.#newest, counter);
    return true;
  }
}
