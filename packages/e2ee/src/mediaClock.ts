/** How far behind its estimate a frame may be before the clocks are taken to have been set anew. */
const reanchorMs = 1_000;
/** How fast the estimate may follow a media clock that runs slow. */
const driftPerMs = 0.001;

/**
 * One track's media time on a clock that all tracks of a sender share: the RTP timestamp's steps, anchored to the
 * shortest delay between capture and sealing that was seen.
 */
export class MediaClock {
  readonly #ticksPerMs: number;
  #last: { rtp: number; mediaMs: number; nowMs: number } | null = null;
  #offsetMs = 0;

  /** @param kind video runs at 90 kHz, Opus at 48 kHz (RFC 7741, RFC 7587) */
  constructor(kind: 'audio' | 'video') {
    this.#ticksPerMs = kind === 'video' ? 90 : 48;
  }

  /**
   * @param rtp the frame's RTP timestamp, modulo 2^32
   * @param nowMs a monotonic clock shared by the sender's tracks
   * @returns units of 100 µs modulo 2^32
   */
  mediaTime(rtp: number, nowMs: number): number {
    const mediaMs = this.#last === null ? 0 : this.#last.mediaMs + ((rtp - this.#last.rtp) | 0) / this.#ticksPerMs;
    const offsetMs = nowMs - mediaMs;
    const late = offsetMs - this.#offsetMs;
    if (this.#last === null || late < 0 || late > reanchorMs) this.#offsetMs = offsetMs;
    else this.#offsetMs += Math.min(late, Math.max(0, nowMs - this.#last.nowMs) * driftPerMs);
    this.#last = { rtp, mediaMs, nowMs };
    return Math.round((mediaMs + this.#offsetMs) * 10) >>> 0;
  }
}
