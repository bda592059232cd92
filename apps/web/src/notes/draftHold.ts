'use client';

import { createContext, useContext, useEffect } from 'react';

export interface DraftHold {
  /** Whether something that was written on this page isn't saved. */
  readonly hasDraft: boolean;
  /** Until what it gives back is called. */
  readonly hold: () => () => void;
  /** Does what leaves the page: at once, or after the person has agreed to lose the draft. */
  readonly leave: (leaving: () => void) => void;
}

/** Without a guard nothing is held. */
export const DraftHoldContext = createContext<DraftHold>({
  hasDraft: false,
  hold: () => () => undefined,
  leave: (leaving) => leaving(),
});

export const useDraftHold = (): DraftHold => useContext(DraftHoldContext);

/** Keeps the page while something is unsaved; the browser asks before its tab is closed. */
export function useHeldDraft(hasDraft: boolean): void {
  const { hold } = useDraftHold();
  useEffect(() => {
    if (!hasDraft) return undefined;
    const letGo = hold();
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => {
      letGo();
      window.removeEventListener('beforeunload', warn);
    };
  }, [hold, hasDraft]);
}

/** What a click would do to the page. */
export interface ClickedLink {
  readonly target: string;
  readonly href: string;
  /** With a key or a button that opens it elsewhere. */
  readonly opensElsewhere: boolean;
}

/** Whether a link leads away from this page, in this tab. A place on the same page doesn't. */
export function leadsAway({ target, href, opensElsewhere }: ClickedLink, here: string): boolean {
  if (opensElsewhere || (target !== '' && target !== '_self')) return false;
  const [to, from] = [new URL(href, here), new URL(here)];
  const isSamePage = to.origin === from.origin && to.pathname === from.pathname && to.search === from.search;
  // A record's address is behind the `#` too: only what skips to the content stays.
  return !(isSamePage && to.hash === '#main');
}
