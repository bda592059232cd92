'use client';

import { useEffect, useState } from 'react';

/** The current time, renewed every `everyMs`, for words such as "in 5 minutes". */
export function useNow(everyMs: number): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
