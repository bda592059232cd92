import type { LockStanding, SessionWatch } from './sessionWatch.ts';

/** The watch over the page's session, once that is known. */
export class WatchSlot {
  readonly #listeners = new Set<() => void>();
  #watch: SessionWatch | null = null;

  get watch(): SessionWatch | null {
    return this.#watch;
  }

  /** @returns ends it */
  begin(watch: SessionWatch): () => void {
    this.#watch = watch;
    const stop = watch.subscribe(this.#tell);
    this.#tell();
    return () => {
      stop();
      this.#watch = null;
      this.#tell();
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): LockStanding | null => this.#watch?.getSnapshot() ?? null;

  readonly #tell = (): void => {
    for (const listener of this.#listeners) listener();
  };
}
