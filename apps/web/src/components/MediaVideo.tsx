'use client';

import { useEffect, useRef } from 'react';

interface MediaVideoProps {
  stream: MediaStream;
  /** What the picture shows. */
  label: string;
  /** One's own picture, as in a mirror. */
  mirrored?: boolean;
  className?: string;
}

/** A picture without sound; sound has its own element, so that it goes on when the picture doesn't. */
export function MediaVideo({ stream, label, mirrored = false, className = '' }: MediaVideoProps) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream]);
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
