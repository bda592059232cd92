'use client';

import { type NumberFormatOptions, useFormatter, useTranslations } from 'next-intl';
import type { TrackDetails } from '../call/contract.ts';

/** The same rows in the same places, known or not: nothing jumps when a number comes. */
export function TrackFacts({ track, isOwn }: { track: TrackDetails; isOwn: boolean }) {
  const t = useTranslations('call.details');
  const format = useFormatter();
  const number = (value: number | null, options: NumberFormatOptions = {}) =>
    value === null ? null : format.number(value, { maximumFractionDigits: 0, ...options });
  const picture = track.source !== 'microphone';
  const size = track.size ? `${track.size.width} × ${track.size.height}` : null;
  const all = track.dropped.reduce((sum, { count }) => sum + count, 0);
  const rows: readonly (readonly [string, string | null])[] = [
    [t('codec'), track.codec],
    ...(picture
      ? ([
          [t('size'), size],
          [t('framesPerSecond'), number(track.framesPerSecond)],
        ] as const)
      : []),
    [t('bitrate'), number(track.kilobitsPerSecond, { style: 'unit', unit: 'kilobit-per-second' })],
    [t('loss'), number(track.loss, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 })],
    [t('roundTrip'), number(track.roundTripMs, { style: 'unit', unit: 'millisecond' })],
    [t(isOwn ? 'sealed' : 'opened'), number(track.frames)],
    [t('dropped'), number(all)],
  ];
  return (
    <div className="flex flex-col gap-1 py-2">
      <h4 className="text-sm font-medium">{t(`source.${track.source}`)}</h4>
      <dl className="text-sm">
        {rows.map(([name, value]) => (
          <div key={name} className="flex justify-between gap-4">
            <dt className="text-ink-soft">{name}</dt>
            <dd className="text-end tabular-nums">{value ?? t('unknown')}</dd>
          </div>
        ))}
        {track.dropped.map(({ reason, count }) => (
          <div key={reason} className="flex justify-between gap-4 ps-4">
            <dt className="text-ink-soft">{t(`reason.${reason}`)}</dt>
            <dd className="text-end tabular-nums">{number(count)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
