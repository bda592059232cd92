'use client';

import { useEffect, useRef } from 'react';
import type { OpenWatch } from './openWatch.ts';

/** Says for how long what this component shows was open: as long as it is there. `onLeft` closes it when the page goes. */
export function useOpenWatch(watch: OpenWatch, onLeft: () => void): void {
  const close = useRef(onLeft);
  useEffect(() => {
    close.current = onLeft;
  });
  useEffect(() => {
    watch.whenLeft(() => close.current());
    watch.begin();
    return () => watch.end();
  }, [watch]);
}
