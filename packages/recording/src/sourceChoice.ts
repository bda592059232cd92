import type { TappedFrame } from '@sotto/e2ee/tapMessages';

/** A source that has given nothing for so long has ended, or pauses. */
const silentMs = 1_000;

interface Source {
  readonly track: number;
  readonly layer: number;
  area: number;
  heardAt: number;
}

/**
 * Which of a participant's sources is recorded: the largest picture, and one sound. Tracks and simulcast layers come and
 * go; picture goes over to another at a key frame only. SPEC.md section 4.
 */
export class SourceChoice {
  readonly #chosen: { audio: Source | null; video: Source | null } = { audio: null, video: null };

  takes({ kind, track, layer, isKey, at, data }: TappedFrame): boolean {
    const chosen = this.#chosen[kind];
    const area = kind === 'video' && isKey ? areaOf(new Uint8Array(data)) : 0;
    if (chosen?.track === track && chosen.layer === layer) {
      chosen.heardAt = Math.max(chosen.heardAt, at);
      if (isKey) chosen.area = area;
      return true;
    }
    if (!isKey) return false;
    if (chosen !== null && area <= chosen.area && at - chosen.heardAt < silentMs) return false;
    this.#chosen[kind] = { track, layer, area, heardAt: at };
    return true;
  }
}

/** Of a VP8 key frame (RFC 6386 section 9.1). */
function areaOf(frame: Uint8Array): number {
  const side = (at: number): number => ((frame[at] ?? 0) | ((frame[at + 1] ?? 0) << 8)) & 0x3fff;
  return side(6) * side(8);
}
