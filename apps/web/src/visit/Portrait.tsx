'use client';

import { UserRound } from 'lucide-react';
import { useEffect, useRef } from 'react';

interface PortraitProps {
  /** Null while nobody verified it: then there are no initials either. */
  name: string | null;
  /** Loudness, asked at each frame. */
  read: () => number;
  /** Why there is no picture. */
  text: string;
}

const initialsOf = (name: string) => {
  const words = name.split(/\s+/).filter((word) => /^\p{Lu}/u.test(word) && !word.endsWith('.'));
  return [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map((word) => word?.slice(0, 1) ?? '')
    .join('')
    .toUpperCase();
};

/** A person without a picture: initials in a ring that moves with the voice. */
export function Portrait({ name, read, text }: PortraitProps) {
  const ring = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    let shown = 0;
    let frame = requestAnimationFrame(function draw() {
      shown = Math.max(read(), shown * 0.92);
      if (ring.current) {
        ring.current.style.transform = `scale(${(1 + shown * 0.35).toFixed(3)})`;
        ring.current.style.opacity = (0.15 + shown * 0.6).toFixed(3);
      }
      frame = requestAnimationFrame(draw);
    });
    return () => cancelAnimationFrame(frame);
  }, [read]);
  const initials = name === null ? '' : initialsOf(name);
  return (
    <div className="size-full bg-stage [container-type:size]">
      {/* Above what stands on the lower edge. */}
      <div className="flex size-full flex-col items-center justify-center gap-[min(1.25rem,4cqmin)] p-2 pb-[min(2.5rem,22cqmin)] text-center">
        <div className="relative grid size-[min(9rem,45cqmin)] shrink-0 place-items-center">
          <span ref={ring} aria-hidden className="absolute inset-0 rounded-full bg-stage-accent opacity-15" />
          <span
            aria-hidden
            className="relative grid size-full place-items-center rounded-full bg-stage-raised text-[min(2.25rem,16cqmin)] font-semibold"
          >
            {initials === '' ? <UserRound className="size-2/5 text-on-stage-soft" /> : initials}
          </span>
        </div>
        <p className="text-on-stage-soft">{text}</p>
      </div>
    </div>
  );
}
