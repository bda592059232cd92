/** What one peer may hold at a worker, and at what rates. Numbers fit a visit of twenty with two devices each. */
export const limits = {
  producersPerPeer: 4,
  consumersPerPeer: 64,
  peersPerRoom: 64,
  /** A receiver without the right key asks for key frames all the time. */
  keyFrameIntervalMs: 500,
  /** Per send transport, bits/s: three VP8 layers and sound. */
  maxIncomingBitrate: 4_000_000,
  /** Per receive transport, bits/s. */
  maxOutgoingBitrate: 20_000_000,
  /** Where the bandwidth estimate of a receive transport starts, bits/s: a sharp picture at once on most lines. */
  initialOutgoingBitrate: 1_000_000,
} as const;
