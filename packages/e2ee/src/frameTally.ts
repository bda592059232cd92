import type { DropReason } from './outcomes.ts';

/** What became of one track's frames. */
export class FrameTally {
  /** Sealed or opened. */
  passed = 0;
  passedEmpty = 0;
  readonly dropped: Partial<Record<DropReason, number>> = {};
  /** The reason of the latest drop comes last. */
  readonly #unreported = new Map<DropReason, number>();

  drop(reason: DropReason): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + 1;
    const count = (this.#unreported.get(reason) ?? 0) + 1;
    this.#unreported.delete(reason);
    this.#unreported.set(reason, count);
  }

  /**
   * What was dropped since this was last asked, and why the latest of it was; null if nothing. Expected reasons count
   * for nothing: they can't hide the others.
   */
  takeTrouble(expected: ReadonlySet<DropReason>): { reason: DropReason; count: number } | null {
    const troubles = [...this.#unreported].filter(([reason]) => !expected.has(reason));
    this.#unreported.clear();
    const latest = troubles.at(-1);
    if (latest === undefined) return null;
    return { reason: latest[0], count: troubles.reduce((sum, [, count]) => sum + count, 0) };
  }
}
