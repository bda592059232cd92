/**
 * One Ctrl-C may arrive several times: from the terminal, from npm, and from the process that started this one.
 * What comes within this time is one request.
 */
const sameRequestMs = 300;

export interface InterruptionHandlers {
  /** The first request: end in order. */
  stop: () => void;
  /** A further one: end at once. */
  kill: () => void;
}

/**
 * Counts requests to end.
 *
 * @param clock monotonic milliseconds
 * @returns to be called with each signal
 */
export function countInterruptions(handlers: InterruptionHandlers, clock: () => number): () => void {
  let last = Number.NEGATIVE_INFINITY;
  let requests = 0;
  return () => {
    const now = clock();
    const isSame = now - last < sameRequestMs;
    last = now;
    if (isSame) return;
    requests += 1;
    if (requests === 1) handlers.stop();
    else handlers.kill();
  };
}
