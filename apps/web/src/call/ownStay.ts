/** Until when somebody may stay, by this device's clock. The keys and the servers end it too; this is so that the page says why. */
export interface OwnStay {
  /** @param until Unix ms; null for who has no end of their own */
  begin(until: number | null): void;
  /** Whether it's over, or so near that what ends the visit for this person is that. */
  isOver(): boolean;
  close(): void;
}

/** Others' clocks may be ahead by this much. */
const toleranceMs = 60_000;

export function createOwnStay(onOver: () => void): OwnStay {
  let end: number | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    begin(until) {
      clearTimeout(timer);
      end = until;
      if (until !== null) timer = setTimeout(onOver, Math.max(0, until - Date.now()));
    },
    isOver: () => end !== null && Date.now() >= end - toleranceMs,
    close() {
      clearTimeout(timer);
    },
  };
}
