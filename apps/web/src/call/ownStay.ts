/** Until when somebody may stay, by this device's clock. The keys and the servers end it too; this is so that the page says why. */
export interface OwnStay {
  /** @param until Unix ms; null for who has no end of their own */
  begin(until: number | null): void;
  /** Whether it's over, or so near that what ends the visit for this person is that. */
  isOver(): boolean;
  /** Whether the time has come and the clinic is asked for more: whatever it refuses then, the time is over. */
  isAsking(): boolean;
  close(): void;
}

/** Others' clocks may be ahead by this much. */
const toleranceMs = 60_000;
const askMs = 5_000;

/**
 * @param ask the time has come: once for each end the clinic may say, by another `begin`, that it was put off in the last moment
 * @param end it wasn't, or nobody answered
 */
export function createOwnStay(ask: () => void, end: () => void): OwnStay {
  let until: number | null = null;
  let asked: number | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function come(): void {
    if (asked === until) {
      end();
      return;
    }
    asked = until;
    timer = setTimeout(end, askMs);
    ask();
  }

  return {
    begin(next) {
      clearTimeout(timer);
      until = next;
      if (until !== null) timer = setTimeout(come, Math.max(0, until - Date.now()));
    },
    isOver: () => until !== null && Date.now() >= until - toleranceMs,
    isAsking: () => until !== null && asked === until,
    close() {
      clearTimeout(timer);
    },
  };
}
