'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import type { Person } from '../call/contract.ts';

interface RemoteSoundProps {
  people: readonly Person[];
  speakerId: string;
  /** Shown on the button when the browser waits for a press before it plays anything. */
  blockedText: string;
}

/** Everybody's sound, apart from the pictures. */
export function RemoteSound({ people, speakerId, blockedText }: RemoteSoundProps) {
  const [isBlocked, setBlocked] = useState(false);
  const onBlocked = useCallback(() => setBlocked(true), []);
  useEffect(() => {
    if (!isBlocked) return;
    // Whatever is pressed next is the press that the browser waits for.
    const release = () => setBlocked(false);
    document.addEventListener('click', release, { once: true });
    document.addEventListener('keydown', release, { once: true });
    return () => {
      document.removeEventListener('click', release);
      document.removeEventListener('keydown', release);
    };
  }, [isBlocked]);
  return (
    <>
      {people.map(({ participantId, microphone }) =>
        microphone.state === 'live' ? (
          <Sound
            key={participantId}
            stream={microphone.stream}
            speakerId={speakerId}
            isBlocked={isBlocked}
            onBlocked={onBlocked}
          />
        ) : null,
      )}
      {isBlocked ? (
        <button
          type="button"
          className="fixed inset-x-4 bottom-28 z-40 mx-auto min-h-13 max-w-sm rounded-lg bg-accent px-6 text-lg font-semibold text-on-accent"
        >
          {blockedText}
        </button>
      ) : null}
    </>
  );
}

interface SoundProps {
  stream: MediaStream;
  speakerId: string;
  isBlocked: boolean;
  onBlocked: () => void;
}

function Sound({ stream, speakerId, isBlocked, onBlocked }: SoundProps) {
  const player = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const element = player.current;
    if (!element) return;
    element.srcObject = stream;
    return () => {
      element.srcObject = null;
    };
  }, [stream]);
  useEffect(() => {
    const element = player.current;
    if (!element || isBlocked) return;
    const play = () => {
      element.play().catch((error: unknown) => {
        if (error instanceof DOMException && error.name === 'NotAllowedError') onBlocked();
      });
    };
    element.addEventListener('canplay', play);
    play();
    return () => element.removeEventListener('canplay', play);
  }, [isBlocked, onBlocked]);
  useEffect(() => {
    const element = player.current;
    // A speaker that went away: the system's own stays in use.
    if (element && 'setSinkId' in element) void element.setSinkId(speakerId).catch(() => undefined);
  }, [speakerId]);
  // biome-ignore lint/a11y/useMediaCaption: a live conversation has no caption track
  return <audio ref={player} autoPlay />;
}
