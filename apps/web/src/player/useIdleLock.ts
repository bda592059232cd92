'use client';

import { useEffect, useRef } from 'react';
import { IdleClock } from './idleClock.ts';

const lookMs = 5_000;

/** Locks what is open when it isn't played, or not looked at, for a quarter of an hour. */
export function useIdleLock(isPlaying: boolean, onLock: () => void): void {
  const playing = useRef(isPlaying);
  const lock = useRef(onLock);
  useEffect(() => {
    playing.current = isPlaying;
    lock.current = onLock;
  });
  useEffect(() => {
    // The wall clock: it goes on while the device sleeps.
    const clock = new IdleClock(Date.now());
    const look = () => {
      if (clock.look(Date.now(), playing.current, document.visibilityState === 'hidden')) lock.current();
    };
    const touch = () => clock.touch(Date.now());
    const timer = setInterval(look, lookMs);
    document.addEventListener('visibilitychange', look);
    for (const event of ['pointerdown', 'keydown'] as const) document.addEventListener(event, touch);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
      for (const event of ['pointerdown', 'keydown'] as const) document.removeEventListener(event, touch);
    };
  }, []);
}
