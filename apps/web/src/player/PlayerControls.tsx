'use client';

import { Pause, Play, RotateCcw, RotateCw, Volume2, VolumeX } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { Select } from '../components/Select.tsx';
import type { PlaybackView } from './usePlayback.ts';

const speeds = [0.75, 1, 1.25, 1.5, 2] as const;
const step = 10;

export interface Loudness {
  /** 0 to 1. */
  readonly volume: number;
  readonly isMuted: boolean;
}

interface PlayerControlsProps {
  view: PlaybackView;
  loudness: Loudness;
  onLoudness: (loudness: Loudness) => void;
  onToggle: () => void;
  onSeek: (place: number) => void;
  onSpeed: (speed: number) => void;
}

/** Play, ten seconds to and fro, speed and loudness. */
export function PlayerControls({ view, loudness, onLoudness, onToggle, onSeek, onSpeed }: PlayerControlsProps) {
  const t = useTranslations('playback.player');
  const isOn = view.state === 'playing' || view.state === 'waiting';
  const { volume, isMuted } = loudness;
  return (
    <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-4">
      <div className="flex flex-wrap gap-2">
        <Button look="secondary" onPress={() => onSeek(view.position - step)}>
          <RotateCcw aria-hidden className="size-5" />
          <span aria-hidden>{t('seconds', { count: step })}</span>
          <span className="sr-only">{t('back')}</span>
        </Button>
        <Button onPress={onToggle}>
          {isOn ? <Pause aria-hidden className="size-5" /> : <Play aria-hidden className="size-5" />}
          {t(isOn ? 'pause' : view.state === 'ended' ? 'again' : 'play')}
        </Button>
        <Button look="secondary" onPress={() => onSeek(view.position + step)}>
          <RotateCw aria-hidden className="size-5" />
          <span aria-hidden>{t('seconds', { count: step })}</span>
          <span className="sr-only">{t('forward')}</span>
        </Button>
      </div>
      <div className="flex flex-wrap items-end gap-4">
        <div className="w-28">
          <Select
            label={t('speed')}
            value={String(view.speed)}
            onChange={(value) => onSpeed(speeds.find((one) => String(one) === value) ?? 1)}
            options={speeds.map((one) => ({ value: String(one), label: t('times', { speed: one }) }))}
          />
        </div>
        <div className="flex items-center gap-2">
          <Button
            look="secondary"
            aria-label={t(isMuted ? 'unmute' : 'mute')}
            onPress={() => onLoudness({ volume, isMuted: !isMuted })}
          >
            {isMuted ? <VolumeX aria-hidden className="size-5" /> : <Volume2 aria-hidden className="size-5" />}
          </Button>
          <input
            type="range"
            min={0}
            max={100}
            step={5}
            value={isMuted ? 0 : Math.round(volume * 100)}
            aria-label={t('volume')}
            onChange={(event) => onLoudness({ volume: Number(event.target.value) / 100, isMuted: false })}
            className="h-11 w-28 cursor-pointer accent-accent"
          />
        </div>
      </div>
    </div>
  );
}
