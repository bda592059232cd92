import type { TransportId } from '@sotto/protocol/ids';
import type { VisitRtpCapabilities, VisitRtpParameters } from '@sotto/protocol/rtp';
import type { ClientRequest } from '@sotto/protocol/signaling';

/** What a browser that receives everything says it can receive. */
export const receiverCapabilities: VisitRtpCapabilities = {
  codecs: [
    {
      kind: 'audio',
      mimeType: 'audio/opus',
      clockRate: 48_000,
      channels: 2,
      preferredPayloadType: 100,
      parameters: {},
      rtcpFeedback: [],
    },
    {
      kind: 'video',
      mimeType: 'video/VP8',
      clockRate: 90_000,
      preferredPayloadType: 101,
      parameters: {},
      rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }],
    },
    {
      kind: 'video',
      mimeType: 'video/rtx',
      clockRate: 90_000,
      preferredPayloadType: 102,
      parameters: { apt: 101 },
      rtcpFeedback: [],
    },
  ],
  headerExtensions: [],
};

const ssrcs = { next: 1_000 };
const nextSsrc = () => {
  ssrcs.next += 1;
  return ssrcs.next;
};

export const opus = (): VisitRtpParameters => ({
  mid: String(nextSsrc()),
  codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2, parameters: { usedtx: 1 } }],
  encodings: [{ ssrc: nextSsrc(), dtx: true }],
});

/** VP8 in three sizes. */
export const vp8 = (): VisitRtpParameters => ({
  mid: String(nextSsrc()),
  codecs: [
    { mimeType: 'video/VP8', payloadType: 101, clockRate: 90_000, rtcpFeedback: [{ type: 'nack', parameter: 'pli' }] },
    { mimeType: 'video/rtx', payloadType: 102, clockRate: 90_000, parameters: { apt: 101 } },
  ],
  encodings: [0, 1, 2].map(() => ({ ssrc: nextSsrc(), rtx: { ssrc: nextSsrc() }, scalabilityMode: 'L1T3' })),
});

export const producing = (
  transportId: TransportId,
  kind: 'audio' | 'video',
  rtpParameters = kind === 'audio' ? opus() : vp8(),
): ClientRequest<'sfu:produce'> => ({ transportId, kind, rtpParameters });

export const dtlsClient = {
  role: 'client' as const,
  fingerprints: [{ algorithm: 'sha-256' as const, value: Array.from({ length: 32 }, () => 'AB').join(':') }],
};
