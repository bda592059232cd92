'use client';

import { Volume2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { playChime } from '../media/chime.ts';
import type { LocalDevices } from '../media/localDevices.ts';

/** Plays three notes on the chosen speaker. */
export function SpeakerCheck({ devices }: { devices: LocalDevices }) {
  const t = useTranslations('check');
  const [state, setState] = useState<'idle' | 'playing' | 'played' | 'silent'>('idle');
  const play = async () => {
    setState('playing');
    setState((await playChime('test', devices.getSnapshot().speakerId)) ? 'played' : 'silent');
  };
  return (
    <div className="flex items-center gap-3">
      <Volume2 aria-hidden className="size-5 shrink-0 text-accent" />
      <p role="status" className="flex-1">
        {state === 'played' ? t('played') : state === 'silent' ? t('notPlayed') : t('speaker')}
      </p>
      <Button look="secondary" size="small" isPending={state === 'playing'} onPress={() => void play()}>
        {state === 'played' || state === 'silent' ? t('playAgain') : t('play')}
      </Button>
    </div>
  );
}
