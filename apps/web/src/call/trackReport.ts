/** What WebRTC's statistics say of one track, sent or received, between two readings. */
export interface TrackReading {
  /** "VP8", "opus": the last part of its media type. */
  readonly codec: string | null;
  /** Pixels; of the largest layer that is sent. */
  readonly size: { readonly width: number; readonly height: number } | null;
  readonly framesPerSecond: number | null;
  readonly kilobitsPerSecond: number | null;
  /** Share of the packets that got lost, 0 to 1. */
  readonly loss: number | null;
  /** To the media server and back. */
  readonly roundTripMs: number | null;
}

/** Counters that a reading is the difference of. */
export interface TrackCounters {
  readonly at: number;
  readonly octets: number;
  readonly packets: number;
  readonly lost: number;
}

export const unread: TrackReading = {
  codec: null,
  size: null,
  framesPerSecond: null,
  kilobitsPerSecond: null,
  loss: null,
  roundTripMs: null,
};

type Entry = Readonly<Record<string, unknown>>;

/**
 * @param report of one sender or one receiver
 * @param before of the reading before; null for the first, which has no rates
 * @param now monotonic, in ms
 */
export function readTrack(
  report: RTCStatsReport,
  before: TrackCounters | null,
  now: number,
): { readonly reading: TrackReading; readonly counters: TrackCounters } {
  const entries = [...(report.values() as Iterable<Entry>)];
  const flows = entries.filter(({ type }) => type === 'inbound-rtp' || type === 'outbound-rtp');
  const isSent = flows.some(({ type }) => type === 'outbound-rtp');
  // The server's own count of what it didn't get; of what is received this browser counts itself.
  const losses = isSent ? entries.filter(({ type }) => type === 'remote-inbound-rtp') : flows;
  const counters: TrackCounters = {
    at: now,
    octets: sum(flows, isSent ? 'bytesSent' : 'bytesReceived'),
    packets: sum(flows, isSent ? 'packetsSent' : 'packetsReceived'),
    lost: sum(losses, 'packetsLost'),
  };
  const largest = flows
    .filter((flow) => flow['active'] !== false && (numberOf(flow, 'framesPerSecond') ?? 1) > 0)
    .toSorted((a, b) => (numberOf(b, 'frameWidth') ?? 0) - (numberOf(a, 'frameWidth') ?? 0))[0];
  const width = largest && numberOf(largest, 'frameWidth');
  const height = largest && numberOf(largest, 'frameHeight');
  const seconds = before === null ? 0 : (now - before.at) / 1000;
  return {
    counters,
    reading: {
      codec: codecOf(entries, largest ?? flows[0]),
      size: width && height ? { width, height } : null,
      framesPerSecond: (largest && numberOf(largest, 'framesPerSecond')) ?? null,
      kilobitsPerSecond:
        before === null || seconds <= 0 || counters.octets < before.octets
          ? null
          : ((counters.octets - before.octets) * 8) / 1000 / seconds,
      loss: before === null ? null : lossBetween(before, counters, isSent),
      roundTripMs: roundTripOf(entries),
    },
  };
}

/** Null while nothing was on its way. RFC 3550's cumulative loss may go down when late packets arrive. */
function lossBetween(before: TrackCounters, after: TrackCounters, isSent: boolean): number | null {
  const packets = after.packets - before.packets;
  const lost = Math.max(0, after.lost - before.lost);
  const all = isSent ? packets : packets + lost;
  return packets < 0 || all <= 0 ? null : Math.min(1, lost / all);
}

function codecOf(entries: readonly Entry[], flow: Entry | undefined): string | null {
  const codec = entries.find(({ type, id }) => type === 'codec' && id === flow?.['codecId']);
  const type = codec?.['mimeType'];
  return typeof type === 'string' ? (type.split('/')[1] ?? null) : null;
}

function roundTripOf(entries: readonly Entry[]): number | null {
  const pairs = entries.filter((entry) => entry['type'] === 'candidate-pair' && entry['nominated'] === true);
  const [seconds] = pairs.flatMap((pair) => numberOf(pair, 'currentRoundTripTime') ?? []);
  return seconds === undefined ? null : seconds * 1000;
}

function numberOf(entry: Entry, name: string): number | undefined {
  const value = entry[name];
  return typeof value === 'number' ? value : undefined;
}

function sum(entries: readonly Entry[], name: string): number {
  return entries.reduce((total, entry) => total + (numberOf(entry, name) ?? 0), 0);
}
