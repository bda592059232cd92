'use client';

import { useEffect } from 'react';

/** Marks the place in the browser's history that stands for the draft. */
const mark = 'sottoDraft';

const isMarked = (state: unknown): boolean => typeof state === 'object' && state !== null && mark in state;

/**
 * Asks before the browser's Back takes the page away. While something is held, the history has one more place for this
 * page: Back comes to the place before it, which is the same page, and nothing is lost while the person is asked.
 *
 * @param ask must stay the same function
 */
export function useBackGuard(isHeld: boolean, ask: (leaving: () => void) => void): void {
  useEffect(() => {
    if (!isHeld) return undefined;
    const here = window.location.href;
    const stay = () => {
      const state: unknown = window.history.state;
      if (isMarked(state)) return;
      window.history.pushState(typeof state === 'object' ? { ...state, [mark]: true } : { [mark]: true }, '', here);
    };
    const onBack = () => {
      stay();
      ask(() => {
        window.removeEventListener('popstate', onBack);
        // Past the place that stands for the draft, and past the page itself.
        window.history.go(-2);
      });
    };
    stay();
    window.addEventListener('popstate', onBack);
    return () => window.removeEventListener('popstate', onBack);
  }, [isHeld, ask]);
}
