'use client';

import { useEffect, useRef, useState } from 'react';
import { TrackLevel } from './trackLevel.ts';

const silence = () => 0;

/** A reader of the track's loudness, for meters that draw by themselves. */
export function useTrackLevel(track: MediaStreamTrack | null): () => number {
  const level = useRef<TrackLevel | null>(null);
  const [read] = useState(() => () => (level.current?.read ?? silence)());
  useEffect(() => {
    if (!track) return;
    const made = new TrackLevel(track);
    level.current = made;
    return () => {
      level.current = null;
      made.close();
    };
  }, [track]);
  return read;
}
