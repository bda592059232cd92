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
