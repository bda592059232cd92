import type { TappedFrame } from '@sotto/e2ee/tapMessages';

/** A key frame so often, or clusters and seeks get long. */
const everyMs = 7_000;
/** How soon a wish that wasn't met is said again. */
const againMs = 1_000;
/** Tracks that gave nothing for so long have ended. */
const goneMs = 3_000;

/** Of which tracks of picture a key frame should be asked for. */
export class KeyFrameWishes {
  readonly #tracks = new Map<number, { keyAt: number | null; heardAt: number; askedAt: number | null }>();
  #isUrgent = true;

  heard({ track, at, isKey }: TappedFrame): void {
    const known = this.#tracks.get(track);
    const keyAt = isKey ? at : (known?.keyAt ?? null);
    this.#tracks.set(track, { keyAt, heardAt: at, askedAt: isKey ? null : (known?.askedAt ?? null) });
    if (isKey) this.#isUrgent = false;
  }

  /** Picture was lost. */
  lost(): void {
    this.#isUrgent = true;
  }

  /** Tracks to ask for now; that counts as having asked. */
  due(now: number): number[] {
    const due: number[] = [];
    for (const [track, state] of this.#tracks) {
      if (now - state.heardAt > goneMs) this.#tracks.delete(track);
      else if (this.#isDue(state, now)) {
        state.askedAt = now;
        due.push(track);
      }
    }
    return due;
  }

  #isDue({ keyAt, askedAt }: { keyAt: number | null; askedAt: number | null }, now: number): boolean {
    if (askedAt !== null && now - askedAt < againMs) return false;
    return this.#isUrgent || keyAt === null || now - keyAt >= everyMs;
  }
}
