/** A value with listeners: what `useSyncExternalStore` reads. */
export interface SnapshotStore<T> {
  get(): T;
  /** Tells listeners once, after all changes of the current task. */
  set(next: T): void;
  subscribe(listener: () => void): () => void;
}

export function createSnapshotStore<T>(initial: T): SnapshotStore<T> {
  const listeners = new Set<() => void>();
  let current = initial;
  let telling = false;
  return {
    get: () => current,
    set(next) {
      if (Object.is(next, current)) return;
      current = next;
      if (telling) return;
      telling = true;
      queueMicrotask(() => {
        telling = false;
        for (const listener of [...listeners]) listener();
      });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
