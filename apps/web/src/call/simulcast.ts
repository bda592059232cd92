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
/**
 * How many layers Chromium sends of a picture with so many pixels (WebRTC's media/engine/simulcast.cc). Of more that are
 * asked for it leaves out the last, which is the full size: nobody would ever get it.
 */
const mostLayers = [
  { pixels: 960 * 540, count: 3 },
  { pixels: 480 * 270, count: 2 },
  { pixels: 0, count: 1 },
] as const;

/**
 * The layers to send of a camera picture, smallest first as mediasoup counts them: the full size, and half and quarter
 * of it as far as browsers send them.
 *
 * @param width pixels
 * @param height pixels
 */
export function simulcastLayers(width: number, height: number): SimulcastLayer[] {
  const longer = Math.max(width, height);
  const { count } = mostLayers.find(({ pixels }) => width * height >= pixels) ?? mostLayers[2];
  return [4, 2, 1].slice(-count).map((scale) => ({
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
