/** What WebRTC Encoded Transform hands over: `RTCEncodedVideoFrame` or `RTCEncodedAudioFrame`, as far as it's used. */
export interface EncodedFrame {
  data: ArrayBuffer;
  getMetadata(): EncodedFrameMetadata;
}

export interface EncodedFrameMetadata {
  /** Modulo 2^32. Not given by every browser. */
  rtpTimestamp?: number;
  mimeType?: string;
  /** The SSRC: each layer of a simulcast has its own. */
  synchronizationSource?: number;
}

/** A transform's two ends in the worker, as `RTCRtpScriptTransformer` has them. */
export interface TransformEnds {
  readonly readable: ReadableStream<EncodedFrame>;
  readonly writable: WritableStream<EncodedFrame>;
  /** Has the encoder make a key frame of a layer, or of the first. Not in every browser, and of senders only. */
  generateKeyFrame?(rid?: string): Promise<void>;
}

/** The codecs whose clear prefix is known: a frame of another one isn't sealed. */
const codecs = { audio: 'audio/opus', video: 'video/vp8' } as const;

/** Whether a frame may be of the kind's codec; a browser that doesn't tell is believed. */
export function isExpectedCodec(kind: 'audio' | 'video', metadata: EncodedFrameMetadata): boolean {
  return metadata.mimeType === undefined || metadata.mimeType.toLowerCase() === codecs[kind];
}
