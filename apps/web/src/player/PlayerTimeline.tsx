'use client';

import { useTranslations } from 'next-intl';
import { clockText } from './clockText.ts';
import type { SpokenSeconds } from './speakers.ts';
import type { PlaybackView } from './usePlayback.ts';

interface PlayerTimelineProps {
  view: PlaybackView;
  names: readonly string[];
  spoken: SpokenSeconds;
  onSeek: (place: number) => void;
}

/** The one timeline: where it is, how much is loaded, and below it who spoke when, as far as it was played. */
export function PlayerTimeline({ view: { position, duration, loaded }, names, spoken, onSeek }: PlayerTimelineProps) {
  const t = useTranslations('playback.player');
  const share = (seconds: number) => `${String(duration > 0 ? (seconds / duration) * 100 : 0)}%`;
  const lanes = names.map((name, track) => ({ name, stretches: spoken.stretches(track) }));
  const isKnown = lanes.some(({ stretches }) => stretches.length > 0);
  return (
    <div className="flex flex-col gap-1">
      <div className="relative flex h-11 items-center">
        <div aria-hidden className="absolute inset-x-0 h-1.5 overflow-hidden rounded-full bg-line">
          <div className="absolute inset-y-0 start-0 bg-line-strong opacity-60" style={{ width: share(loaded) }} />
          <div className="absolute inset-y-0 start-0 bg-accent" style={{ width: share(position) }} />
        </div>
        <input
          type="range"
          min={0}
          max={Math.max(duration, 0.1)}
          step={1}
          value={Math.min(Math.round(position), duration)}
          aria-label={t('place')}
          aria-valuetext={t('placeOf', { place: clockText(position), length: clockText(duration) })}
          onChange={(event) => onSeek(Number(event.target.value))}
          className="player-range relative m-0 h-11 w-full cursor-pointer appearance-none bg-transparent"
        />
      </div>
      <div className="flex justify-between text-sm text-ink-soft tabular-nums">
        <span data-place>{clockText(position)}</span>
        <span>{clockText(duration)}</span>
      </div>
      {isKnown ? (
        <dl aria-label={t('spoken')} className="flex flex-col gap-1 pt-1">
          {lanes.map(({ name, stretches }, lane) => (
            <div key={`${String(lane)} ${name}`} className="flex flex-col gap-0.5">
              <dt className="truncate text-xs text-ink-soft">{name}</dt>
              <dd className="m-0 h-2 rounded-full bg-sunken">
                <svg
                  aria-hidden
                  className="block size-full text-accent"
                  viewBox={`0 0 ${String(Math.max(duration, 1))} 1`}
                  preserveAspectRatio="none"
                >
                  {stretches.map(([from, to]) => (
                    <rect key={from} x={from} y={0} width={to - from} height={1} fill="currentColor" />
                  ))}
                </svg>
                <span className="sr-only">
                  {stretches.map(([from, to]) => `${clockText(from)}–${clockText(to)}`).join(', ')}
                </span>
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
    </div>
  );
}
