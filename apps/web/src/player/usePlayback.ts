'use client';

import { type PlaybackState, recoverPlayer, SyncedPlayback } from '@sotto/playback';
import { PlaybackFault } from '@sotto/playback/errors';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { OpenedTrack } from './messages.ts';

export interface PlaybackView {
  readonly state: PlaybackState;
  /** Seconds. */
  readonly position: number;
  readonly duration: number;
  /** Up to where everybody's picture and sound is here already. Seconds. */
  readonly loaded: number;
  readonly speed: number;
  /** This device has nothing to play sound with. */
  readonly isSilenced: boolean;
}

const tickMs = 100;

function loadedFrom(position: number, videos: readonly HTMLVideoElement[], tracks: readonly OpenedTrack[]): number {
  const ends = videos.flatMap((video, index) => {
    const track = tracks[index];
    if (track === undefined || position >= track.ends - 0.1) return [];
    const place = Math.max(position, track.begins);
    const { buffered } = video;
    for (let range = 0; range < buffered.length; range += 1) {
      if (buffered.start(range) <= place + 0.3 && place <= buffered.end(range)) return [buffered.end(range)];
    }
    return [position];
  });
  return ends.length === 0 ? position : Math.min(...ends);
}

/** Plays the tracks of an open recording in step. `onFault` is told when a player gives up by itself. */
export function usePlayback(tracks: readonly OpenedTrack[], onFault: (fault: PlaybackFault) => void) {
  const videos = useRef<(HTMLVideoElement | null)[]>([]);
  const synced = useRef<SyncedPlayback | null>(null);
  const fault = useRef(onFault);
  const duration = Math.max(0, ...tracks.map(({ ends }) => ends));
  const [view, setView] = useState<PlaybackView>({
    state: 'paused',
    position: 0,
    duration,
    loaded: 0,
    speed: 1,
    isSilenced: false,
  });
  useEffect(() => {
    fault.current = onFault;
  });
  const show = useCallback(() => {
    const playback = synced.current;
    if (playback === null) return;
    const { state, position, speed } = playback;
    const loaded = loadedFrom(
      position,
      videos.current.filter((video) => video !== null),
      tracks,
    );
    setView(({ isSilenced }) => ({ state, position, duration: playback.duration, loaded, speed, isSilenced }));
  }, [tracks]);
  useEffect(() => {
    const players = tracks.flatMap((track, index) => {
      const player = videos.current[index];
      return player ? [{ player, begins: track.begins, ends: track.ends, joints: track.joints }] : [];
    });
    const playback = new SyncedPlayback(players, () => performance.now());
    synced.current = playback;
    const reports = {
      onSilenced: () => setView((before) => ({ ...before, isSilenced: true })),
      onGivenUp: () => fault.current(new PlaybackFault('unreachable')),
    };
    const stops = players.map(({ player }) => recoverPlayer(player, reports));
    const timer = setInterval(() => {
      playback.tick();
      show();
    }, tickMs);
    return () => {
      clearInterval(timer);
      playback.pause();
      for (const stop of stops) stop();
      synced.current = null;
    };
  }, [tracks, show]);
  const act = useCallback(
    (deed: (playback: SyncedPlayback) => void) => {
      if (synced.current !== null) deed(synced.current);
      show();
    },
    [show],
  );
  return { videos, view, act };
}
