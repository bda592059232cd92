/** One simulcast layer as `RTCRtpEncodingParameters` has it. */
export interface SimulcastLayer {
  readonly scaleResolutionDownBy: number;
  readonly maxBitrate: number;
  readonly maxFramerate: number;
}

/** Bits per second that VP8 needs for a calm face at 30 fps, by the layer's longer side. */
const bitrates = [
  { from: 1900, bitsPerSecond: 2_500_000 },
  { from: 1200, bitsPerSecond: 1_500_000 },
  { from: 600, bitsPerSecond: 600_000 },
  { from: 300, bitsPerSecond: 200_000 },
  { from: 0, bitsPerSecond: 100_000 },
] as const;
/** Below this the smallest layer shows less than a thumbnail and costs an encoder. */
const smallestSide = 160;

/**
 * The layers to send of a camera picture, smallest first as mediasoup counts them: full, half and quarter size as
 * long as the smallest has at least 160 pixels on its longer side.
 *
 * @param width pixels
 * @param height pixels
 */
export function simulcastLayers(width: number, height: number): SimulcastLayer[] {
  const longer = Math.max(width, height);
  const scales = [4, 2, 1].filter((scale) => scale === 1 || longer / scale >= smallestSide);
  return scales.map((scale) => ({
    scaleResolutionDownBy: scale,
    maxBitrate: bitrates.find((entry) => longer / scale >= entry.from)?.bitsPerSecond ?? 100_000,
    maxFramerate: 30,
  }));
}

/**
 * The layer to ask for of each picture, where so many share the screen: more than a few are small, and what nobody can
 * see costs connection and processor. Counted as mediasoup does; who sends fewer layers sends the highest.
 */
export function layerFor(pictures: number): 0 | 1 | 2 {
  if (pictures <= 2) return 2;
  return pictures <= 6 ? 1 : 0;
}
