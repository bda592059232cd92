'use client';

import { useEffect, useEffectEvent } from 'react';
import { onActivity, tellWatching } from '../idle/activity.ts';
import { browserClocks } from '../idle/idleClock.ts';
import { useSessionLock } from '../idle/SessionLock.tsx';
import { type GoesOn, OpenWatch } from './openWatch.ts';

const lookMs = 5_000;

/**
 * Closes what a patient has open when nobody is there any more (`OpenWatch`). On pages of staff the session's own lock closes it
 * with all else, and only hears of who watches.
 *
 * @param onIdle called until this is gone
 */
export function useIdleLock(goesOn: GoesOn, onIdle: () => void): void {
  const lock = useSessionLock();
  const lockMs = lock === null ? null : (lock.session?.idleLock.afterSeconds ?? 0) * 1000;
  const lookAt = useEffectEvent((watch: OpenWatch) => {
    const answer = watch.look(goesOn, document.visibilityState === 'visible');
    if (answer === 'tell' && lock === null) tellWatching();
    else if (answer === 'tell') lock?.touch();
    if (answer === 'close') onIdle();
  });
  useEffect(() => {
    const watch = new OpenWatch({ lockMs, clocks: browserClocks });
    const look = () => lookAt(watch);
    const timer = setInterval(look, lookMs);
    const stopHearing = onActivity(() => watch.touch());
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      stopHearing();
      document.removeEventListener('visibilitychange', look);
    };
  }, [lockMs]);
}
