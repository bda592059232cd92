import type { DropReason } from './outcomes.ts';

/** What became of one track's frames. */
export class FrameTally {
  /** Sealed or opened. */
  passed = 0;
  passedEmpty = 0;
  readonly dropped: Partial<Record<DropReason, number>> = {};
  #unreported = 0;
  #latest: DropReason | null = null;

  drop(reason: DropReason): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + 1;
    this.#unreported += 1;
    this.#latest = reason;
  }

  /** What was dropped since this was last asked, and why the latest of it was; null if nothing. */
  takeTrouble(): { reason: DropReason; count: number } | null {
    if (this.#latest === null) return null;
    const trouble = { reason: this.#latest, count: this.#unreported };
    this.#unreported = 0;
    this.#latest = null;
    return trouble;
  }
}
