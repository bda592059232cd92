import type { ParticipantId } from '@sotto/protocol/ids';

/** How many commits of one person are taken within how long. A renewal is due every five minutes. */
const allowed = { commits: 10, withinMs: 60_000 } as const;

/** Keeps one person from ending everybody's epochs faster than they can be followed. */
export class CommitPace {
  /** When each person's last commits were taken, Unix ms, oldest first. */
  readonly #taken = new Map<ParticipantId, readonly number[]>();

  /** Counts a commit if there is still room for it: 0; else how long to wait, ms. */
  take(id: ParticipantId, now: number): number {
    for (const [one, times] of this.#taken) {
      const recent = times.filter((time) => now - time < allowed.withinMs);
      if (recent.length > 0) this.#taken.set(one, recent);
      else this.#taken.delete(one);
    }
    const mine = this.#taken.get(id) ?? [];
    const [oldest] = mine;
    if (oldest !== undefined && mine.length >= allowed.commits) return oldest + allowed.withinMs - now;
    this.#taken.set(id, [...mine, now]);
    return 0;
  }
}
