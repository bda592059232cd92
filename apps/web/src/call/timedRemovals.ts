import type { EpochChange, LeafRef } from '@sotto/e2ee';
import type { LeafThumbprint } from '@sotto/protocol/ids';

/**
 * Members who have to go though they are connected: whose time in the group is over, and whom the host put out. Nobody's
 * roster takes that back, only a commit settles it.
 */
export interface TimedRemovals {
  /** When each member's time ends, Unix seconds; of everybody in the group, each time anew. */
  setEndings(endings: readonly Ending[]): void;
  putOut(leaf: LeafRef): void;
  /** Whether that leaf is to go by now, whatever anybody says. */
  isDue(leaf: LeafThumbprint, now: number): boolean;
  /** Forgets what a commit did. */
  settle(change: EpochChange): void;
  clear(): void;
  /**
   * Who is to go now. The same one is named again after a while only, should the commit come to nothing.
   *
   * @param now Unix ms
   * @param turn how long this client leaves those whose time is over to members before it in line, ms
   */
  take(now: number, turn: (leaf: LeafRef) => number): { due: readonly LeafRef[]; nextAt: number | null };
}

export interface Ending extends LeafRef {
  readonly expiresAt: number;
}

/**
 * So long before the end the first in line commits: from the end on all would seal nothing until they are gone, and
 * clocks differ a little.
 */
export const leadMs = 2_000;
const againMs = 2_000;

export function createTimedRemovals(self: LeafThumbprint): TimedRemovals {
  let endings: readonly Ending[] = [];
  const out = new Map<LeafThumbprint, LeafRef>();
  const tried = new Map<LeafThumbprint, number>();
  const startOf = ({ expiresAt }: Ending) => expiresAt * 1000 - leadMs;

  return {
    setEndings(next) {
      endings = next.filter(({ leaf }) => leaf !== self);
    },
    putOut(leaf) {
      out.set(leaf.leaf, leaf);
    },
    isDue: (leaf, now) => out.has(leaf) || endings.some((one) => one.leaf === leaf && startOf(one) <= now),
    settle({ removed }) {
      const gone = new Set(removed.map(({ leaf }) => leaf));
      endings = endings.filter(({ leaf }) => !gone.has(leaf));
      for (const leaf of gone) {
        out.delete(leaf);
        tried.delete(leaf);
      }
    },
    clear() {
      endings = [];
      out.clear();
      tried.clear();
    },
    take(now, turn) {
      const times = new Map<LeafRef, number>();
      for (const one of endings)
        times.set({ participantId: one.participantId, leaf: one.leaf }, startOf(one) + turn(one));
      for (const leaf of out.values()) {
        for (const known of times.keys()) if (known.leaf === leaf.leaf) times.delete(known);
        times.set(leaf, 0);
      }
      const due: LeafRef[] = [];
      let nextAt: number | null = null;
      for (const [leaf, at] of times) {
        const from = Math.max(at, (tried.get(leaf.leaf) ?? -againMs) + againMs);
        if (from <= now) {
          tried.set(leaf.leaf, now);
          due.push(leaf);
        }
        const next = from <= now ? now + againMs : from;
        nextAt = nextAt === null ? next : Math.min(nextAt, next);
      }
      return { due, nextAt };
    },
  };
}
