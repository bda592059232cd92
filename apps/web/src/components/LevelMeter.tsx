'use client';

import { useEffect, useRef } from 'react';

interface LevelMeterProps {
  /** Asked at each frame; 0 to 1. */
  read: () => number;
  label: string;
}

/** A bar that moves with a voice. It is drawn outside of React: a level changes 60 times a second. */
export function LevelMeter({ read, label }: LevelMeterProps) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let shown = 0;
    let frame = requestAnimationFrame(function draw() {
      const level = Math.min(1, Math.max(0, read()));
      // Rises at once and falls slowly, as meters do, so that a word stays visible.
      shown = Math.max(level, shown * 0.9);
      if (bar.current) bar.current.style.transform = `scaleX(${shown.toFixed(3)})`;
      frame = requestAnimationFrame(draw);
    });
    return () => cancelAnimationFrame(frame);
  }, [read]);
  return (
    <div role="img" aria-label={label} className="h-2.5 overflow-hidden rounded-full bg-sunken ring-1 ring-line">
      <div ref={bar} className="h-full w-full origin-left scale-x-0 rounded-full bg-accent rtl:origin-right" />
    </div>
  );
}
