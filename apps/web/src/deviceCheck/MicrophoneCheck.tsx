'use client';

import { Mic } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { LevelMeter } from '../components/LevelMeter.tsx';
import { useTrackLevel } from '../media/useTrackLevel.ts';

/** A bar that moves when one speaks. */
export function MicrophoneCheck({ track, isOn }: { track: MediaStreamTrack; isOn: boolean }) {
  const t = useTranslations('check');
  const read = useTrackLevel(track);
  return (
    <div className="flex items-start gap-3">
      <Mic aria-hidden className="mt-0.5 size-5 shrink-0 text-accent" />
      <div className="flex flex-1 flex-col gap-2">
        <p>{isOn ? t('saySomething') : t('mutedNow')}</p>
        <LevelMeter read={read} label={t('level')} />
      </div>
    </div>
  );
}
