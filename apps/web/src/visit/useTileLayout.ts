'use client';

import { type CSSProperties, type RefObject, useLayoutEffect, useRef, useState } from 'react';
import { tileLayout } from './tileLayout.ts';

/** Sizes the tiles by the room that there is: a panel may open, a phone may be turned. */
export function useTileLayout(people: number): { stage: RefObject<HTMLDivElement | null>; sizes: CSSProperties } {
  const stage = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = stage.current;
    if (!element) return;
    const measure = () => setRoom({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const { width, height } = tileLayout(people, room.width, room.height);
  return { stage, sizes: { '--tile-width': `${width}px`, '--tile-height': `${height}px` } as CSSProperties };
}
