import { welcomeMs } from './committerTurn.ts';
import type { LeafLoss } from './groupSession.ts';

/**
 * How long a leaf waits for its Welcome. Longer each time that one waited in vain: where nobody is about to add this
 * person, their page would give up its leaf, keys and connection every few seconds for ever.
 */
export interface WelcomePatience {
  ms(): number;
  lost(loss: LeafLoss): void;
  /** A leaf was added. */
  welcomed(): void;
}

const longestMs = 5 * 60_000;

export function createWelcomePatience(): WelcomePatience {
  let ms = welcomeMs;
  return {
    ms: () => ms,
    lost(loss) {
      if (loss === 'unwelcomed') ms = Math.min(2 * ms, longestMs);
    },
    welcomed() {
      ms = welcomeMs;
    },
  };
}
