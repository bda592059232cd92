/** The way out to the media server, as the browser's senders see it. */
export interface LineReading {
  /** The picture is made worse because it doesn't fit through. */
  readonly isNarrow: boolean;
  /** Seconds there and back; null until measured. */
  readonly roundTripSeconds: number | null;
}

/** @param reports of what is sent */
export function lineOf(reports: readonly Iterable<[string, unknown]>[]): LineReading {
  let isNarrow = false;
  let roundTripSeconds: number | null = null;
  for (const report of reports) {
    for (const [, value] of report) {
      const entry = value as Record<string, unknown>;
      if (entry['type'] === 'outbound-rtp' && entry['qualityLimitationReason'] === 'bandwidth') isNarrow = true;
      const roundTrip = entry['type'] === 'remote-inbound-rtp' ? entry['roundTripTime'] : null;
      if (typeof roundTrip === 'number') roundTripSeconds = Math.max(roundTripSeconds ?? 0, roundTrip);
    }
  }
  return { isNarrow, roundTripSeconds };
}
