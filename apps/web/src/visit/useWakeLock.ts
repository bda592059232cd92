'use client';

import { useEffect } from 'react';

/** Keeps the screen on while the component is there; asked anew whenever the page is looked at again. */
export function useWakeLock(): void {
  useEffect(() => {
    if (!('wakeLock' in navigator)) return;
    const lifetime = new AbortController();
    const { signal } = lifetime;
    const hold = async () => {
      if (document.visibilityState !== 'visible') return;
      try {
        const held = await navigator.wakeLock.request('screen');
        if (signal.aborted) await held.release();
        else signal.addEventListener('abort', () => void held.release(), { once: true });
      } catch {
        // The battery is low or the system refuses: the screen then goes dark as usual.
      }
    };
    document.addEventListener('visibilitychange', () => void hold(), { signal });
    void hold();
    return () => lifetime.abort();
  }, []);
}
