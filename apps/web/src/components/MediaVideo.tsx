'use client';

import { type RefObject, useEffect, useRef } from 'react';

interface MediaVideoProps {
  stream: MediaStream;
  /** What the picture shows. */
  label: string;
  /** One's own picture, as in a mirror. */
  mirrored?: boolean;
  className?: string;
  /** For whoever has to measure the element. */
  ref?: RefObject<HTMLVideoElement | null>;
}

/** A picture without sound; sound has its own element, so that it goes on when the picture doesn't. */
export function MediaVideo({ stream, label, mirrored = false, className = '', ref }: MediaVideoProps) {
  const own = useRef<HTMLVideoElement>(null);
  const video = ref ?? own;
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    element.srcObject = stream;
    return () => {
      element.srcObject = null;
    };
  }, [video, stream]);
  return (
    <video
      ref={video}
      aria-label={label}
      autoPlay
      muted
      playsInline
      disablePictureInPicture={mirrored}
      className={`${mirrored ? '-scale-x-100' : ''} ${className}`}
    />
  );
}
