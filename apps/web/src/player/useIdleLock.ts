'use client';

import { useEffect, useEffectEvent } from 'react';
import { onActivity } from '../idle/activity.ts';
import { browserClocks, IdleClock } from '../idle/idleClock.ts';
import { useSessionLock } from '../idle/SessionLock.tsx';

const lookMs = 5_000;
/** So long nothing is played, or nobody looks at the page, before what a patient has open is closed. */
const idleMs = 15 * 60_000;

/**
 * Closes what is open when nobody is there any more; who watches it play, in a page that can be seen, is there. On pages of staff
 * the session's own lock closes it with all else, and only hears of who watches.
 *
 * @param onIdle called until this is gone
 */
export function useIdleLock(isPlaying: boolean, onIdle: () => void): void {
  const session = useSessionLock();
  const isOfStaff = session !== null;
  const isWatched = useEffectEvent(() => isPlaying && document.visibilityState === 'visible');
  const tellSession = useEffectEvent(() => session?.touch());
  const close = useEffectEvent(onIdle);
  useEffect(() => {
    const clock = new IdleClock({ afterMs: idleMs, warnMs: 0, clocks: browserClocks });
    const look = () => {
      if (isWatched()) clock.touch();
      if (isOfStaff) {
        if (isWatched()) tellSession();
      } else if (clock.look().tag === 'idle') close();
    };
    const timer = setInterval(look, lookMs);
    const stopHearing = onActivity(() => clock.touch());
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      stopHearing();
      document.removeEventListener('visibilitychange', look);
    };
  }, [isOfStaff]);
}
