'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { useEffect } from 'react';
import { Notice } from '../components/Notice.tsx';
import type { ShelfState } from './recordingShelf.ts';

interface StoringNoticeProps {
  state: ShelfState;
  /** A running recording says so itself. */
  isRunning?: boolean;
}

/** How far recordings that ended on this device are stored; warns before the page is left. */
export function StoringNotice({ state, isRunning = false }: StoringNoticeProps) {
  const t = useTranslations('recording.storing');
  const format = useFormatter();
  const { waiting, finished, stored, total, tag } = state;
  const isBusy = waiting > 0 || isRunning;
  useEffect(() => {
    if (!isBusy) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [isBusy]);
  if (waiting === 0) {
    return finished === 0 ? null : (
      <Notice tone="info" title={t('done', { count: finished })} live>
        <p>{t('doneText')}</p>
      </Notice>
    );
  }
  const share = total === 0 ? 0 : Math.min(1, stored / total);
  return (
    <Notice tone={tag === 'failed' ? 'danger' : 'waiting'} title={t('title', { count: waiting })} live>
      <p>{t(tag === 'failed' ? 'failed' : tag === 'trying' ? 'trying' : 'keepOpen')}</p>
      <div
        role="progressbar"
        aria-label={t('progress')}
        aria-valuenow={Math.round(share * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
        className="h-2 overflow-hidden rounded-full bg-surface"
      >
        <div className="h-full rounded-full bg-accent" style={{ width: `${String(Math.round(share * 100))}%` }} />
      </div>
      <p className="text-sm tabular-nums">
        {t('share', { share: format.number(share, { style: 'percent' }), size: megabytes(total) })}
      </p>
    </Notice>
  );
  function megabytes(octets: number): string {
    return format.number(octets / 1024 ** 2, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 });
  }
}
