import { type EncodedFrame, isExpectedCodec } from './encodedFrame.ts';
import { FrameTally } from './frameTally.ts';
import { MediaClock } from './mediaClock.ts';
import type { DropReason, LeafRef } from './outcomes.ts';
import type { RecordingTap } from './recordingTap.ts';
import { FrameCipher, type TrackId } from './sealedFrame.ts';
import type { SealingState } from './sealingSchedule.ts';

export interface FrameSealerOptions {
  id: TrackId;
  /** Asked for each frame. */
  sealing: () => SealingState;
  tap: RecordingTap;
  /** Who sends; null before that is known. */
  self: () => LeafRef | null;
  /** A monotonic clock, shared by the sender's tracks, in ms. */
  now: () => number;
}

/** One sender's transform: seals each frame, or drops it. */
export class FrameSealer {
  readonly id: TrackId;
  readonly tally = new FrameTally();
  readonly #options: FrameSealerOptions;
  readonly #clock: MediaClock;
  readonly #cipher = new FrameCipher();

  constructor(options: FrameSealerOptions) {
    this.id = options.id;
    this.#options = options;
    this.#clock = new MediaClock(options.id.kind);
  }

  /** Replaces the frame's data by its sealed form and forwards it; never forwards a clear frame, never rejects. */
  async handle(frame: EncodedFrame, forward: (frame: EncodedFrame) => void): Promise<void> {
    try {
      const reason = await this.#seal(frame, forward);
      if (reason !== null) this.tally.drop(reason);
    } catch {
      // An exception out of here would end the track for good.
      this.tally.drop('failed');
    }
  }

  async #seal(frame: EncodedFrame, forward: (frame: EncodedFrame) => void): Promise<DropReason | null> {
    if (frame.data.byteLength === 0) {
      this.tally.passedEmpty += 1;
      forward(frame);
      return null;
    }
    const state = this.#options.sealing();
    if (state.tag === 'stopped') return 'notSealing';
    const metadata = frame.getMetadata();
    if (!isExpectedCodec(this.id.kind, metadata)) return 'malformed';
    const now = this.#options.now();
    const mediaTime =
      metadata.rtpTimestamp === undefined
        ? Math.round(now * 10) >>> 0
        : this.#clock.mediaTime(metadata.rtpTimestamp, now);
    const { key } = state;
    const octets = new Uint8Array(frame.data);
    const sealed = await this.#cipher.seal(key.key, key.next(), this.id, mediaTime, octets);
    if (sealed === null) return 'malformed';
    if (this.#options.tap.isOpen) this.#tee(mediaTime, metadata.synchronizationSource ?? 0, octets, now);
    frame.data = sealed.buffer;
    this.tally.passed += 1;
    forward(frame);
    return null;
  }

  #tee(mediaTime: number, layer: number, octets: Uint8Array, now: number): void {
    const self = this.#options.self();
    if (self !== null) this.#options.tap.take({ ...self, ...this.id }, mediaTime, layer, octets, now);
  }
}
