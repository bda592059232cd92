import type { Mechanism, Support } from '@sotto/e2ee';

/** Which way of attaching transforms is used, and what is left when it doesn't work here. */
export interface MechanismChoice {
  /** Undefined when the browser has none, or none that works. */
  current(): Promise<Mechanism | undefined>;
  /** The current one doesn't work. @returns whether another is left */
  giveUp(): boolean;
  /** A worker wasn't reached by the current one. @returns whether to give it up */
  silent(): boolean;
  /** It has worked for a while. */
  settled(): void;
}

/** A worker that doesn't answer once was busy; one that doesn't twice in a row isn't reached by this mechanism. */
const silenceLimit = 2;

export function createMechanismChoice(support: () => Promise<Support>): MechanismChoice {
  /** What is left to try; null until the browser was asked. */
  let left: readonly Mechanism[] | null = null;
  let silences = 0;
  return {
    async current() {
      if (left === null) {
        const found = await support();
        left ??= found.tag === 'supported' ? found.mechanisms : [];
      }
      return left[0];
    },
    giveUp() {
      silences = 0;
      left = left?.slice(1) ?? [];
      return left.length > 0;
    },
    silent() {
      silences += 1;
      return silences >= silenceLimit;
    },
    settled() {
      silences = 0;
    },
  };
}
