/** Something that is looked after again and again. */
export interface RegularLook {
  /** Looks once; who asks while somebody looks gets the end of that look. */
  look(): Promise<void>;
  /** Looks no more, and waits for what is being done. */
  close(): Promise<void>;
}

/**
 * Looks again and again, one look at a time. Keeps no process alive.
 *
 * @param everyMs from the beginning of a look to the next; a look that takes longer is the next one too
 * @param work never rejects: it says by itself what went wrong
 */
export function lookRegularly(everyMs: number, work: () => Promise<void>): RegularLook {
  let running: Promise<void> | null = null;
  function look(): Promise<void> {
    running ??= work().finally(() => {
      running = null;
    });
    return running;
  }
  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  return {
    look,
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}
