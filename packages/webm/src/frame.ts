export type TrackKind = 'audio' | 'video';

/** An encoded frame of one participant: Opus, or VP8. */
export interface MediaFrame {
  readonly kind: TrackKind;
  /** Milliseconds on the sender's own clock from the recording's start: the same for sound and picture. */
  readonly time: number;
  /** Whether it can be decoded by itself. Of sound, each can. */
  readonly isKey: boolean;
  readonly data: Uint8Array;
}

/** Tracks as they stand in a file: numbers are fixed, so that runs which were written apart fit together. */
export const trackNumbers = { video: 1, audio: 2 } as const satisfies Record<TrackKind, number>;

/** Opus of 20 ms without a sound, in full band and two channels (RFC 6716 section 3.1; the first bit of CELT says silence). */
export const silence = Uint8Array.of(0xfc, 0xff, 0xfe);
