/** When what it takes wasn't there. */
const againMs = 60_000;

/** What goes on beside serving, until it is done. */
export interface Background {
  /** Waits for what is being done. */
  close(): Promise<void>;
}

/**
 * Does something at once, and again every minute until it succeeds.
 *
 * @param work ends soon once its signal is aborted
 * @param onFault told each time it didn't succeed
 */
export function doInBackground(
  work: (signal: AbortSignal) => Promise<void>,
  onFault: (error: unknown) => void,
): Background {
  let again: NodeJS.Timeout | undefined;
  const closing = new AbortController();
  const { signal } = closing;

  async function attempt(): Promise<void> {
    try {
      await work(signal);
    } catch (error) {
      if (signal.aborted) return;
      onFault(error);
      again = setTimeout(start, againMs).unref();
    }
  }
  let running = attempt();
  function start(): void {
    running = attempt();
  }
  return {
    async close() {
      closing.abort();
      clearTimeout(again);
      await running;
    },
  };
}
