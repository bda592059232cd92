import type { SfuRequest } from '@sotto/protocol/sfuControl';

/**
 * Whether what a client wants to send makes sense as a whole. The schema bounded each field; mediasoup itself takes
 * video for a producer of kind `audio`, and several encodings of sound.
 *
 * - Every codec is of the kind that was named, and one of them is more than retransmission.
 * - Sound has one encoding.
 * - VP8 has no spatial layers within one stream, so there are none in a scalability mode.
 */
export function isCoherent({ kind, rtpParameters }: SfuRequest<'producer:create'>): boolean {
  const { codecs, encodings = [] } = rtpParameters;
  const names = codecs.map(({ mimeType }) => mimeType.toLowerCase());
  if (!names.every((name) => name.startsWith(`${kind}/`))) return false;
  if (names.every((name) => name === 'video/rtx')) return false;
  if (kind === 'audio' && encodings.length > 1) return false;
  return encodings.every(({ scalabilityMode }) => scalabilityMode === undefined || /^[LS]1T/.test(scalabilityMode));
}
