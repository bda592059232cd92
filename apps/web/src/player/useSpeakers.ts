'use client';

import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { loudnessOf, SpokenSeconds, speakersOf } from './speakers.ts';

const lookMs = 120;
/** A browser without a sound device may never start an AudioContext: then nobody is marked, and sound stays as it is. */
const startMs = 1500;

export interface SpeakersView {
  readonly speakers: readonly boolean[];
  readonly spoken: SpokenSeconds;
}

/** Marks who speaks, by the energy of each one's sound. `begin` is to be called when somebody presses play. */
export function useSpeakers(
  videos: RefObject<(HTMLVideoElement | null)[]>,
  count: number,
  duration: number,
  position: () => number,
) {
  const audio = useRef<AudioContext | null>(null);
  const place = useRef(position);
  const [view, setView] = useState<SpeakersView>(() => ({
    speakers: [],
    spoken: new SpokenSeconds(count, duration),
  }));
  useEffect(() => {
    place.current = position;
  });
  useEffect(
    () => () => {
      void audio.current?.close();
      audio.current = null;
    },
    [],
  );
  const begin = useCallback(() => {
    if (audio.current !== null || typeof AudioContext === 'undefined') return;
    const context = new AudioContext();
    audio.current = context;
    const waited = new Promise((resolve) => setTimeout(resolve, startMs));
    void Promise.race([context.resume(), waited]).then(() => {
      if (context.state !== 'running' || audio.current !== context) return;
      const analysers = videos.current.map((video) => (video === null ? null : analyserOf(context, video)));
      const timer = setInterval(() => {
        if (audio.current !== context) {
          clearInterval(timer);
          return;
        }
        const speakers = speakersOf(analysers.map((analyser) => (analyser === null ? 0 : levelOf(analyser))));
        setView(({ speakers: before, spoken }) => {
          spoken.note(place.current(), speakers);
          const isSame = before.length === speakers.length && before.every((one, index) => one === speakers[index]);
          return isSame ? { speakers: before, spoken } : { speakers, spoken };
        });
      }, lookMs);
    });
  }, [videos]);
  return { view, begin };
}

function analyserOf(context: AudioContext, video: HTMLVideoElement): AnalyserNode {
  const analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  context.createMediaElementSource(video).connect(analyser).connect(context.destination);
  return analyser;
}

function levelOf(analyser: AnalyserNode): number {
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  return loudnessOf(samples);
}
