'use client';

import { useTranslations } from 'next-intl';
import { Button as AriaButton } from 'react-aria-components/Button';
import { Dialog as AriaDialog, DialogTrigger } from 'react-aria-components/Dialog';
import { Popover } from 'react-aria-components/Popover';
import type { Person } from '../call/contract.ts';
import { Button } from '../components/Button.tsx';

const bars = { good: 3, fair: 2, poor: 1 } as const;
const heights = ['h-1.5', 'h-2.5', 'h-3.5'] as const;

interface QualityBarsProps {
  quality: Person['quality'];
  name: string;
  onDetails: () => void;
}

/** How good a person's connection is: three bars, and plain words at a press. Nothing until it is known. */
export function QualityBars({ quality, name, onDetails }: QualityBarsProps) {
  const t = useTranslations('call.quality');
  if (quality === 'unknown') return null;
  const lit = bars[quality];
  return (
    <DialogTrigger>
      <AriaButton
        aria-label={t('label', { name, quality: t(`word.${quality}`) })}
        className="flex size-11 cursor-pointer items-center justify-center rounded-full bg-stage-scrim"
      >
        <span aria-hidden className="flex items-end gap-0.5">
          {heights.map((height, index) => (
            <span
              key={height}
              className={`w-1 rounded-full ${height} ${index < lit ? (quality === 'poor' ? 'bg-stage-waiting' : 'bg-on-stage') : 'bg-stage-line'}`}
            />
          ))}
        </span>
      </AriaButton>
      <Popover className="max-w-72 rounded-lg border border-line bg-surface text-ink motion-safe:entering:animate-appear">
        <AriaDialog aria-label={t('word.title')} className="flex flex-col gap-2 p-4 outline-none">
          <p>{t(`text.${quality}`, { name })}</p>
          <Button slot="close" look="quiet" size="small" onPress={onDetails}>
            {t('details')}
          </Button>
        </AriaDialog>
      </Popover>
    </DialogTrigger>
  );
}
