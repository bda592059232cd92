/** Listeners by event name; the names and messages are those of `Messages`. */
export class Emitter<Messages extends object> {
  readonly #listeners = new Map<keyof Messages, Set<(message: never) => void>>();

  /** @returns the function that takes the listener off again */
  on<N extends keyof Messages>(name: N, listener: (message: Messages[N]) => void): () => void {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set);
    set.add(listener);
    return () => {
      set.delete(listener);
    };
  }

  /** Calls the listeners in the order in which they came. */
  emit<N extends keyof Messages>(name: N, message: Messages[N]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) (listener as (value: Messages[N]) => void)(message);
  }

  clear(): void {
    this.#listeners.clear();
  }
}
