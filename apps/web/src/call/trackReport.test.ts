import { describe, expect, it } from 'vitest';
import { readTrack } from './trackReport.ts';

const report = (...entries: readonly object[]) =>
  new Map(entries.map((entry, index) => [`${index}`, entry])) as unknown as RTCStatsReport;
const codec = { type: 'codec', id: 'c', mimeType: 'video/VP8' };
const path = { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.04 };

describe('a reading of a track', () => {
  it('has what came since the one before', () => {
    const received = (packetsReceived: number, packetsLost: number, bytesReceived: number) =>
      report(codec, path, {
        ...{ type: 'inbound-rtp', codecId: 'c', frameWidth: 640, frameHeight: 360, framesPerSecond: 29 },
        ...{ packetsReceived, packetsLost, bytesReceived },
      });
    const first = readTrack(received(100, 3, 50_000), null, 1_000);
    expect(first.reading).toEqual({
      ...{ codec: 'VP8', size: { width: 640, height: 360 }, framesPerSecond: 29 },
      ...{ kilobitsPerSecond: null, loss: null, roundTripMs: 40 },
    });
    const { reading } = readTrack(received(190, 13, 175_000), first.counters, 2_000);
    expect(reading).toMatchObject({ kilobitsPerSecond: 1_000, loss: 0.1 });
  });

  it('has the largest layer that is sent, and the loss that the server saw', () => {
    const sent = (packets: number, lost: number) =>
      report(
        codec,
        { type: 'outbound-rtp', codecId: 'c', frameWidth: 320, frameHeight: 180, framesPerSecond: 30, packetsSent: 10 },
        {
          ...{ type: 'outbound-rtp', codecId: 'c', frameWidth: 640, frameHeight: 360, framesPerSecond: 30 },
          ...{ packetsSent: packets, bytesSent: packets * 1_000 },
        },
        { type: 'outbound-rtp', codecId: 'c', active: false, frameWidth: 1280, frameHeight: 720, framesPerSecond: 0 },
        { type: 'remote-inbound-rtp', packetsLost: lost },
      );
    const { counters } = readTrack(sent(100, 0), null, 0);
    const { reading } = readTrack(sent(200, 5), counters, 1_000);
    expect(reading).toMatchObject({ size: { width: 640, height: 360 }, framesPerSecond: 30, loss: 0.05 });
  });

  it('says nothing of a track of which nothing is reported, and no rate of one that began anew', () => {
    const { reading } = readTrack(report(), null, 0);
    expect(reading).toEqual({
      ...{ codec: null, size: null, framesPerSecond: null },
      ...{ kilobitsPerSecond: null, loss: null, roundTripMs: null },
    });
    const before = { at: 0, octets: 5_000, packets: 100, lost: 0 };
    const anew = readTrack(report({ type: 'inbound-rtp', packetsReceived: 1, bytesReceived: 10 }), before, 1_000);
    expect(anew.reading).toMatchObject({ kilobitsPerSecond: null, loss: null });
  });
});
