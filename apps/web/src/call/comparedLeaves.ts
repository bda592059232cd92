import type { ComparisonState } from '@sotto/e2ee';
import type { LeafThumbprint } from '@sotto/protocol/ids';

/**
 * Whose keys the user of this browser has compared. Held for one leaf's life and nowhere stored: a leaf that is lost
 * never comes back, so what was compared stays true through all epochs and ends with either leaf.
 */
export interface ComparedLeaves {
  take(state: ComparisonState): void;
  /** Another set after each change. */
  leaves(): ReadonlySet<LeafThumbprint>;
}

export function createComparedLeaves(): ComparedLeaves {
  let leaves: ReadonlySet<LeafThumbprint> = new Set();
  let shown: Extract<ComparisonState, { tag: 'complete' }> | null = null;

  function end({ round, ending }: Extract<ComparisonState, { tag: 'ended' }>): void {
    switch (ending.tag) {
      case 'same':
        if (shown?.round === round) leaves = new Set([...leaves, ...shown.leaves.map(({ leaf }) => leaf)]);
        return;
      case 'different':
        leaves = new Set();
        return;
      case 'epochChanged':
      case 'otherEpoch':
      case 'secondCommitment':
      case 'stopped':
      case 'withheld':
      case 'wrongReveal':
        return;
    }
  }

  return {
    take(state) {
      if (state.tag === 'complete') shown = state;
      else if (state.tag === 'ended') end(state);
    },
    leaves: () => leaves,
  };
}
