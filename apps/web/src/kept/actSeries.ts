import type { ActMatter } from '../keystore/acts.ts';
import type { ActDone } from '../passkeys/performAct.ts';

/** Acts that belong together and are signed one after the other. */
export class ActSeries {
  readonly #matters: readonly ActMatter[];
  readonly #done: ActDone[] = [];
  #isStopped = false;

  constructor(matters: readonly ActMatter[]) {
    this.#matters = matters;
  }

  /** Receipts of those that were done. */
  get done(): readonly ActDone[] {
    return this.#done;
  }

  /** Nothing further is begun. */
  stop(): void {
    this.#isStopped = true;
  }

  /**
   * Goes on with what isn't done yet, until all is or somebody stops it.
   *
   * @throws what an act failed with; not where the series was stopped meanwhile and some of it is done
   */
  async run(perform: (matter: ActMatter) => Promise<ActDone>): Promise<readonly ActDone[]> {
    try {
      for (const matter of this.#matters.slice(this.#done.length)) {
        if (this.#isStopped) break;
        this.#done.push(await perform(matter));
      }
    } catch (error) {
      if (!this.#isStopped || this.#done.length === 0) throw error;
    }
    return this.#done;
  }
}
