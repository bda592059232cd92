type Answer = string | null;

/** Of answers that are checked one after the other, only what is found of the latest is told. */
export class LatestAnswer {
  #turn = 0;

  /** What is still being checked isn't told any more. */
  drop(): void {
    this.#turn += 1;
  }

  /** @param tell hears what is wrong; null if nothing is, or if it couldn't be checked: then whoever checks says so */
  async check(find: () => Answer | Promise<Answer>, tell: (wrong: Answer) => void): Promise<void> {
    this.drop();
    const turn = this.#turn;
    let wrong: Answer = null;
    try {
      wrong = await find();
    } catch {
      wrong = null;
    }
    if (turn === this.#turn) tell(wrong);
  }
}
