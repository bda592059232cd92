/** Runs asynchronous tasks one after the other, in the order in which they were given. */
export interface SerialQueue {
  run(task: () => Promise<void>): void;
  /** Tasks that haven't started never will. */
  close(): void;
}

/** @param failed told of a task's failure; the tasks after it go on */
export function createSerialQueue(failed: (error: unknown) => void): SerialQueue {
  let closed = false;
  let tail: Promise<void> = Promise.resolve();
  return {
    run(task) {
      tail = tail
        .then(() => (closed ? undefined : task()))
        .catch((error: unknown) => {
          if (!closed) failed(error);
        });
    },
    close() {
      closed = true;
    },
  };
}
