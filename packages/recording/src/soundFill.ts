import { type MediaFrame, silence } from '@sotto/webm';

const silenceMs = 20;
/** No pause is filled that is longer: an hour's is 180,000 packets. Sound is where its time says behind it. */
const longestMs = 3_600_000;
/** How long sound may be on its way after the picture of the same moment: the muxer waits no longer. */
const lateMs = 250;

/** Milliseconds of one frame by the upper five bits of an Opus packet (RFC 6716 section 3.1, table 2). */
function frameMs(config: number): number {
  if (config < 12) return [10, 20, 40, 60][config & 3] ?? 20;
  if (config < 16) return [10, 20][config & 1] ?? 20;
  return [2.5, 5, 10, 20][config & 3] ?? 20;
}

/** How long an Opus packet lasts, in milliseconds. */
function packetMs(data: Uint8Array): number {
  const [first = 0, second = 0] = data;
  const count = [1, 2, 2, second & 0x3f][first & 3] ?? 1;
  return frameMs(first >> 3) * count;
}

/**
 * Puts silence where a participant's sound pauses. Players play the sound of a file without a gap, whatever its times
 * say: one that is left in it brings all that follows forward, before its picture. So the times say how it is played,
 * frame behind frame; from a frame's own time that is half a frame away at most, and one where the sender's clock jumps.
 */
export class SoundFill {
  /** Where the sound ends that was written; null before the first frame. Milliseconds. */
  #end: number | null = null;

  /**
   * Made as it's taken, to be taken to its end: a long pause is never held as a whole.
   *
   * @returns what is to be written in place of the frame: it, with silence before it; or nothing, where it comes too late
   */
  *with(frame: MediaFrame): Generator<MediaFrame, void, undefined> {
    if (frame.data.length === 0) return;
    this.#end ??= frame.time;
    yield* this.#upTo(frame.kind === 'audio' ? frame.time : frame.time - lateMs);
    if (frame.kind === 'video') {
      yield frame;
      return;
    }
    // Its place was filled, or the sender's clock is slower than it said: played on, all that follows would be late.
    if (this.#end - frame.time >= silenceMs) return;
    const time = this.#end;
    this.#end += packetMs(frame.data);
    yield { ...frame, time };
  }

  *#upTo(time: number): Generator<MediaFrame, void, undefined> {
    this.#end ??= time;
    if (time - this.#end > longestMs) this.#end = time;
    for (; time - this.#end >= silenceMs / 2; this.#end += silenceMs) {
      yield { kind: 'audio', time: this.#end, isKey: true, data: silence };
    }
  }
}
