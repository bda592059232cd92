import type { MediaFrame } from '@sotto/webm';

/** Opus of 20 ms without a sound, in full band and two channels (RFC 6716 section 3.1; the first bit of CELT says silence). */
const silence = Uint8Array.of(0xfc, 0xff, 0xfe);
const silenceMs = 20;
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
 * say: one that is left in it brings all that follows forward, before its picture.
 */
export class SoundFill {
  /** Where the sound ends that was written; null before the first frame. Milliseconds. */
  #end: number | null = null;

  /** @returns what is to be written in place of the frame: it, with silence before it; or nothing, where it comes too late */
  with(frame: MediaFrame): readonly MediaFrame[] {
    if (frame.data.length === 0) return [];
    this.#end ??= frame.time;
    const filled = this.#upTo(frame.kind === 'audio' ? frame.time : frame.time - lateMs);
    if (frame.kind === 'video') return [...filled, frame];
    // Its place was filled, or the sender's clock is slower than it said: played on, all that follows would be late.
    if (this.#end - frame.time >= silenceMs) return filled;
    this.#end += packetMs(frame.data);
    return [...filled, frame];
  }

  #upTo(time: number): MediaFrame[] {
    const filled: MediaFrame[] = [];
    for (this.#end ??= time; time - this.#end >= silenceMs; this.#end += silenceMs) {
      filled.push({ kind: 'audio', time: this.#end, isKey: true, data: silence });
    }
    return filled;
  }
}
