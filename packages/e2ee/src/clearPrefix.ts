import type { MediaKind } from '@sotto/protocol/signaling';

/** VP8 (RFC 7741): the uncompressed data chunk, which an SFU reads to switch simulcast layers. */
const vp8KeyFramePrefix = 10;
const vp8DeltaFramePrefix = 3;
/** Opus (RFC 6716 section 3.1): the TOC octet. */
const opusPrefix = 1;

/**
 * How many octets at the front of an encoded frame stay in the clear, authenticated, for the SFU. Told from the
 * octets alone (a browser's own idea of key frames is never asked), so both ends agree.
 *
 * @param frame not empty: empty frames aren't sealed
 * @returns null if the frame is too short to be one of its codec
 */
export function clearPrefixLength(kind: MediaKind, frame: Uint8Array): number | null {
  const length = kind === 'audio' ? opusPrefix : isVp8KeyFrame(frame) ? vp8KeyFramePrefix : vp8DeltaFramePrefix;
  return frame.length < length ? null : length;
}

/** The P bit of the VP8 frame tag (RFC 6386 section 9.1): 0 for key frames. */
export function isVp8KeyFrame(frame: Uint8Array): boolean {
  return ((frame[0] ?? 1) & 1) === 0;
}
