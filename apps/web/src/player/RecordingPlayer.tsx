'use client';

import type { PlaybackFault } from '@sotto/playback/errors';
import { LoaderCircle } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../components/Button.tsx';
import { LiveRegion } from '../components/LiveRegion.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import { type Loudness, PlayerControls } from './PlayerControls.tsx';
import { PlayerTile } from './PlayerTile.tsx';
import { PlayerTimeline } from './PlayerTimeline.tsx';
import type { OpenRecording } from './playerThread.ts';
import { RecordingFacts } from './RecordingFacts.tsx';
import { useIdleLock } from './useIdleLock.ts';
import { usePlayback } from './usePlayback.ts';
import { type KnownNames, useRecordedName } from './useRecordedName.ts';
import { useSpeakers } from './useSpeakers.ts';

interface RecordingPlayerProps {
  recording: OpenRecording;
  names: KnownNames;
  /** Who watches, and in what role: stands over the pictures. */
  viewer: string;
  openedAt: Date;
  onClose: () => void;
  onLock: () => void;
  onFault: (fault: PlaybackFault) => void;
}

/** A recording that is open: everybody in step, one timeline, and what was checked. */
export function RecordingPlayer({
  recording: { tracks, checks, thread },
  names,
  viewer,
  openedAt,
  onClose,
  onLock,
  onFault,
}: RecordingPlayerProps) {
  const t = useTranslations('playback.player');
  const times = useTimes();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const nameOf = useRecordedName(checks, names);
  const { videos, view, act } = usePlayback(tracks, onFault);
  const speakers = useSpeakers(videos, tracks.length, view.duration, () => view.position);
  const [loudness, setLoudness] = useState<Loudness>({ volume: 1, isMuted: false });
  const isOn = view.state === 'playing' || view.state === 'waiting';
  useIdleLock(view.state === 'playing', onLock);
  const watermark = `${viewer} · ${times.stamp(openedAt)}`;
  const tileNames = tracks.map(({ participant }) => nameOf(participant));
  return (
    <div className="flex flex-col gap-5 border-t border-line pt-4">
      <h4 ref={heading} tabIndex={-1} className="sr-only">
        {t('title')}
      </h4>
      <div className={`relative grid gap-3 ${tracks.length > 1 ? 'sm:grid-cols-2' : ''}`}>
        {tracks.map((track, index) => (
          <PlayerTile
            key={track.track}
            ref={(video) => {
              videos.current[index] = video;
            }}
            track={track}
            name={tileNames[index] ?? ''}
            address={thread.addressOf(track.track)}
            watermark={watermark}
            position={view.position}
            isSpeaking={view.state === 'playing' && (speakers.view.speakers[index] ?? false)}
          />
        ))}
        {view.state === 'waiting' ? (
          <p className="absolute inset-0 m-auto flex size-fit items-center gap-2 rounded-full bg-stage-scrim px-4 py-2 text-on-stage">
            <LoaderCircle aria-hidden className="size-5 motion-safe:animate-spin" />
            {t('waiting')}
          </p>
        ) : null}
      </div>
      {view.state === 'refused' ? <p className="text-waiting">{t('refused')}</p> : null}
      {view.isSilenced ? <p className="text-waiting">{t('silenced')}</p> : null}
      <PlayerTimeline
        view={view}
        names={tileNames}
        spoken={speakers.view.spoken}
        onSeek={(place) => act((playback) => playback.seek(place))}
      />
      <PlayerControls
        view={view}
        loudness={loudness}
        onLoudness={(wish) => {
          setLoudness(wish);
          act((playback) => playback.setVolume(wish.isMuted ? 0 : wish.volume));
        }}
        onToggle={() => {
          speakers.begin();
          act((playback) => (isOn ? playback.pause() : playback.play()));
        }}
        onSeek={(place) => act((playback) => playback.seek(place))}
        onSpeed={(speed) => act((playback) => playback.setSpeed(speed))}
      />
      <LiveRegion text={view.state === 'ended' ? t('ended') : ''} />
      <RecordingFacts checks={checks} names={names} />
      <div>
        <Button look="secondary" onPress={onClose} wide>
          {t('close')}
        </Button>
      </div>
    </div>
  );
}
