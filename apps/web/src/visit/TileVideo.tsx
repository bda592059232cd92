'use client';

import { useEffect, useRef, useState } from 'react';
import { MediaVideo } from '../components/MediaVideo.tsx';

/**
 * A picture that fills its tile. A tall picture in a wide tile is shown whole instead: filling would cut off the face.
 */
export function TileVideo({ stream, label }: { stream: MediaStream; label: string }) {
  const video = useRef<HTMLVideoElement>(null);
  const [isWhole, setWhole] = useState(false);
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    const measure = () => {
      const { videoWidth, videoHeight, clientWidth, clientHeight } = element;
      if (videoHeight === 0 || clientHeight === 0) return;
      setWhole((videoWidth / videoHeight) * 1.4 < clientWidth / clientHeight);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('resize', measure);
    return () => {
      observer.disconnect();
      element.removeEventListener('resize', measure);
    };
  }, []);
  return (
    <MediaVideo
      ref={video}
      stream={stream}
      label={label}
      className={`size-full ${isWhole ? 'object-contain' : 'object-cover'}`}
    />
  );
}
