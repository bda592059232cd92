import type { DropReason } from './outcomes.ts';

/** So many copies of frames that were seen, and no other: somebody plays a moment again and again. */
const loopedFrames = 10;

/** What became of one track's frames. */
export class FrameTally {
  /** Sealed or opened. */
  passed = 0;
  passedEmpty = 0;
  readonly dropped: Partial<Record<DropReason, number>> = {};
  /** The reason of the latest drop comes last. */
  readonly #unreported = new Map<DropReason, number>();
  #passedBefore = 0;

  drop(reason: DropReason): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + 1;
    const count = (this.#unreported.get(reason) ?? 0) + 1;
    this.#unreported.delete(reason);
    this.#unreported.set(reason, count);
  }

  /**
   * What was dropped since this was last asked, and why the latest of it was; null if nothing. Expected reasons count
   * for nothing: they can't hide the others. Copies alone, with nothing new among them, are never expected.
   */
  takeTrouble(expected: ReadonlySet<DropReason>): { reason: DropReason; count: number } | null {
    const isStarved = this.passed === this.#passedBefore && (this.#unreported.get('replayed') ?? 0) >= loopedFrames;
    const troubles = [...this.#unreported].filter(
      ([reason]) => !expected.has(reason) || (reason === 'replayed' && isStarved),
    );
    this.#unreported.clear();
    this.#passedBefore = this.passed;
    const latest = troubles.at(-1);
    if (latest === undefined) return null;
    return { reason: latest[0], count: troubles.reduce((sum, [, count]) => sum + count, 0) };
  }
}
