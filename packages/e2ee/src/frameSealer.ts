import { type EncodedFrame, isExpectedCodec } from './encodedFrame.ts';
import { FrameTally } from './frameTally.ts';
import { MediaClock } from './mediaClock.ts';
import type { DropReason } from './outcomes.ts';
import { FrameCipher, type TrackId } from './sealedFrame.ts';
import type { SealingState } from './sealingSchedule.ts';

/** One sender's transform: seals each frame, or drops it. */
export class FrameSealer {
  readonly id: TrackId;
  readonly tally = new FrameTally();
  readonly #sealing: () => SealingState;
  readonly #now: () => number;
  readonly #clock: MediaClock;
  readonly #cipher = new FrameCipher();

  /**
   * @param sealing asked for each frame
   * @param now a monotonic clock, shared by the sender's tracks, in ms
   */
  constructor(id: TrackId, sealing: () => SealingState, now: () => number) {
    this.id = id;
    this.#sealing = sealing;
    this.#now = now;
    this.#clock = new MediaClock(id.kind);
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
    const state = this.#sealing();
    if (state.tag === 'stopped') return 'notSealing';
    const metadata = frame.getMetadata();
    if (!isExpectedCodec(this.id.kind, metadata)) return 'malformed';
    const now = this.#now();
    const mediaTime =
      metadata.rtpTimestamp === undefined
        ? Math.round(now * 10) >>> 0
        : this.#clock.mediaTime(metadata.rtpTimestamp, now);
    const { key } = state;
    const sealed = await this.#cipher.seal(key.key, key.next(), this.id, mediaTime, new Uint8Array(frame.data));
    if (sealed === null) return 'malformed';
    frame.data = sealed.buffer;
    this.tally.passed += 1;
    forward(frame);
    return null;
  }
}
