import { describe, expect, it } from 'vitest';
import { judgeReception, type ReceptionCounters, receptionOf } from './quality.ts';

const counters = (packetsReceived: number, packetsLost: number, roundTripSeconds: number | null = 0.05) =>
  ({ packetsReceived, packetsLost, roundTripSeconds }) satisfies ReceptionCounters;
const start = counters(1_000, 10);

describe('how well somebody is received', () => {
  it.each([
    ['good', counters(1_200, 10)],
    ['good', counters(1_200, 14)],
    ['fair', counters(1_200, 22)],
    ['poor', counters(1_200, 60)],
    ['fair', counters(1_200, 10, 0.4)],
    ['poor', counters(1_200, 10, 0.7)],
    ['good', counters(1_200, 10, null)],
    ['unknown', counters(1_000, 10)],
    ['poor', counters(1_000, 30)],
  ] as const)('is %s', (quality, after) => {
    expect(judgeReception(start, after)).toBe(quality);
  });

  it('takes late packets for no loss, and a new receiver for no news', () => {
    expect(judgeReception(start, counters(1_200, 4))).toBe('good');
    expect(judgeReception(start, counters(20, 0))).toBe('unknown');
  });

  it('sums the tracks of a person and takes the slowest path', () => {
    const report = (received: number, lost: number, roundTrip: number) =>
      new Map<string, object>([
        ['a', { type: 'inbound-rtp', packetsReceived: received, packetsLost: lost }],
        ['b', { type: 'candidate-pair', nominated: true, currentRoundTripTime: roundTrip }],
        ['c', { type: 'candidate-pair', nominated: false, currentRoundTripTime: 9 }],
        ['d', { type: 'outbound-rtp', packetsSent: 5 }],
      ]) as unknown as RTCStatsReport;
    expect(receptionOf([report(10, 1, 0.1), report(20, 2, 0.2)])).toEqual(counters(30, 3, 0.2));
    expect(receptionOf([])).toEqual(counters(0, 0, null));
  });
});
