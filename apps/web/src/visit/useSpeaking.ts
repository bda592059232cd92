'use client';

import { useEffect, useState } from 'react';

const speechLevel = 0.25;
/** A pause between words isn't the end of speaking. */
const holdMs = 700;

/** Whether somebody speaks, looked at ten times a second; always false while `isWatched` is. */
export function useSpeaking(read: () => number, isWatched: boolean): boolean {
  const [isSpeaking, setSpeaking] = useState(false);
  useEffect(() => {
    if (!isWatched) return;
    let last = Number.NEGATIVE_INFINITY;
    const timer = setInterval(() => {
      const now = performance.now();
      if (read() > speechLevel) last = now;
      setSpeaking(now - last < holdMs);
    }, 100);
    return () => {
      clearInterval(timer);
      setSpeaking(false);
    };
  }, [read, isWatched]);
  return isSpeaking;
}
