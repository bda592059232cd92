'use client';

import { useEffect } from 'react';

/** Keeps the screen on while the component is there; asked anew whenever the page is looked at again. */
export function useWakeLock(): void {
  useEffect(() => {
    if (!('wakeLock' in navigator)) return;
    let held: WakeLockSentinel | null = null;
    let done = false;
    const hold = async () => {
      if (done || document.visibilityState !== 'visible') return;
      try {
        held = await navigator.wakeLock.request('screen');
        if (done) await held.release();
      } catch {
        // The battery is low or the system refuses: the screen then goes dark as usual.
      }
    };
    const onVisible = () => void hold();
    document.addEventListener('visibilitychange', onVisible);
    void hold();
    return () => {
      done = true;
      document.removeEventListener('visibilitychange', onVisible);
      void held?.release();
    };
  }, []);
}
