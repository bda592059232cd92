import { rtpCapabilities, type VisitRtpCapabilities } from '@sotto/protocol/rtp';
import type { types } from 'mediasoup';

/**
 * What a visit speaks: Opus with in-band FEC and DTX, and VP8. mediasoup adds retransmission (rtx) to the video.
 * Codecs that can't be sealed (packages/e2ee/SPEC.md) have no entry, so the worker refuses them.
 */
export const mediaCodecs: types.RouterRtpCodecCapability[] = [
  {
    kind: 'audio',
    mimeType: 'audio/opus',
    clockRate: 48_000,
    channels: 2,
    parameters: { useinbandfec: 1, usedtx: 1, minptime: 10 },
  },
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000 },
];

/**
 * The RTP header extensions that clients are offered. They travel in clear to the SFU, so there is none that speaks of
 * the content: the audio level (RFC 6464) would tell word from pause, capture times what belongs together.
 */
const headerExtensions: ReadonlySet<string> = new Set([
  'urn:ietf:params:rtp-hdrext:sdes:mid',
  'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'urn:3gpp:video-orientation',
  'urn:ietf:params:rtp-hdrext:toffset',
]);

/** What a router can do, as clients are told. */
export function offeredCapabilities(router: types.Router): VisitRtpCapabilities {
  const all = rtpCapabilities.parse(router.rtpCapabilities);
  return { ...all, headerExtensions: all.headerExtensions?.filter(({ uri }) => headerExtensions.has(uri)) };
}
