import type { Person } from './contract.ts';

/** How well somebody is received, as bars show it. */
export type Quality = Person['quality'];

/** Counters of what arrives from one person, summed over their tracks, as `RTCStatsReport` has them. */
export interface ReceptionCounters {
  readonly packetsReceived: number;
  readonly packetsLost: number;
  /** Round trip to the media server in seconds; null until measured. */
  readonly roundTripSeconds: number | null;
}

/** Reads the counters out of the reports of one person's receivers. */
export function receptionOf(reports: readonly RTCStatsReport[]): ReceptionCounters {
  let packetsReceived = 0;
  let packetsLost = 0;
  let roundTripSeconds: number | null = null;
  for (const report of reports) {
    for (const entry of report.values() as Iterable<Record<string, unknown>>) {
      if (entry['type'] === 'inbound-rtp') {
        packetsReceived += count(entry['packetsReceived']);
        packetsLost += count(entry['packetsLost']);
      } else if (entry['type'] === 'candidate-pair' && entry['nominated'] === true) {
        const roundTrip = entry['currentRoundTripTime'];
        if (typeof roundTrip === 'number') roundTripSeconds = Math.max(roundTripSeconds ?? 0, roundTrip);
      }
    }
  }
  return { packetsReceived, packetsLost, roundTripSeconds };
}

const limits = {
  fair: { loss: 0.03, roundTripSeconds: 0.3 },
  poor: { loss: 0.1, roundTripSeconds: 0.6 },
} as const;

/**
 * Judges what came between two readings. Nothing received is `unknown`, not `poor`: a muted microphone and a
 * camera that is off send nothing.
 */
export function judgeReception(before: ReceptionCounters, after: ReceptionCounters): Quality {
  const received = after.packetsReceived - before.packetsReceived;
  // RFC 3550's cumulative loss may go down when late packets arrive.
  const lost = Math.max(0, after.packetsLost - before.packetsLost);
  if (received <= 0) return lost > 0 ? 'poor' : 'unknown';
  const loss = lost / (received + lost);
  const roundTrip = after.roundTripSeconds ?? 0;
  if (loss > limits.poor.loss || roundTrip > limits.poor.roundTripSeconds) return 'poor';
  if (loss > limits.fair.loss || roundTrip > limits.fair.roundTripSeconds) return 'fair';
  return 'good';
}

function count(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
