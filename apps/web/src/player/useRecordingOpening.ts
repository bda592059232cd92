'use client';

import type { PlaybackFault } from '@sotto/playback/errors';
import { useMutation } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { CheckedDirectory } from '../keystore/directory.ts';
import type { Pins } from '../keystore/pins.ts';
import type { Asking } from '../release/release.ts';
import type { OpenRecording } from './playerThread.ts';
import type { RecordingStep } from './recordingRelease.ts';
import type { ListedRecording } from './recordings.ts';

/** Why a recording that was open isn't any more: `idle`, or what went wrong. */
export type Ending = 'idle' | PlaybackFault;

interface OpeningOptions<Wish> {
  readonly listed: ListedRecording;
  readonly pins: Pins;
  readonly askingFor: (wish: Wish, directory: CheckedDirectory) => Promise<Asking>;
  /** The keystore has taken the signature. */
  readonly onOpened?: () => void;
}

export interface Opened {
  readonly recording: OpenRecording;
  readonly at: Date;
}

/** Opening one recording, from the press of the button until it is closed; its thread ends with this component. */
export function useRecordingOpening<Wish>({ listed, pins, askingFor, onOpened }: OpeningOptions<Wish>) {
  const [step, setStep] = useState<RecordingStep>('preparing');
  const [opened, setOpened] = useState<Opened | null>(null);
  const [ending, setEnding] = useState<Ending | null>(null);
  const current = useRef<OpenRecording | null>(null);
  const isGone = useRef(false);
  const end = useCallback((why: Ending | null) => {
    current.current?.thread.close();
    current.current = null;
    setOpened(null);
    setEnding(why);
  }, []);
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
      current.current?.thread.close();
    };
  }, []);
  const opening = useMutation<Opened | null, Error, Wish>({
    mutationFn: async (wish) => {
      setStep('preparing');
      setEnding(null);
      const [{ openListed }, { loadDirectory }] = await Promise.all([
        import('./recordingRelease.ts'),
        import('../keystore/keystoreQueries.ts'),
      ]);
      const directory = await loadDirectory(pins);
      const asking = await askingFor(wish, directory);
      const recording = await openListed({ listed, asking, directory }, setStep);
      onOpened?.();
      if (isGone.current) {
        recording.thread.close();
        return null;
      }
      current.current = recording;
      recording.thread.onEnded = (fault) => {
        if (fault !== null) end(fault);
      };
      const { watch } = recording.thread;
      // A page that comes back has nothing open that the log calls closed.
      watch?.whenLeft(() => end(null));
      const now = { recording, at: new Date() };
      setOpened(now);
      return now;
    },
    gcTime: 0,
  });
  return { opening, step, opened, ending, end };
}
