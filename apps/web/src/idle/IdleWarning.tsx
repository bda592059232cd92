'use client';

import { Clock } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { LiveRegion } from '../components/LiveRegion.tsx';
import { useSessionLock } from './SessionLock.tsx';

/** From so many seconds on it is said once more that it locks. */
const soon = 15;

/**
 * Asks whether somebody is still there, before it locks; whatever they do answers it, so it takes neither the focus nor the page.
 *
 * @param place `corner`: over a page's lower edge; `strip`: a line of its own, that covers no picture of a call
 */
export function IdleWarning({ place }: { place: 'corner' | 'strip' }) {
  const t = useTranslations('lock.warning');
  const lock = useSessionLock();
  if (lock === null) return null;
  const { standing, touch } = lock;
  const left = standing.tag === 'warning' ? standing.left : null;
  const isStrip = place === 'strip';
  return (
    <>
      <LiveRegion text={left === null ? '' : t(left > soon ? 'said' : 'saidSoon')} />
      {left === null ? null : (
        <section
          aria-label={t('title')}
          // A press on it doesn't close a dialog.
          data-react-aria-top-layer="true"
          className={
            isStrip
              ? 'flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b border-waiting-line bg-waiting-soft px-4 py-1.5'
              : 'fixed inset-x-3 bottom-3 z-60 mx-auto flex max-w-md flex-col gap-3 rounded-xl border border-waiting-line bg-surface p-4 shadow-lg motion-safe:animate-appear sm:start-auto sm:end-6 sm:bottom-6'
          }
        >
          <div className="flex items-start gap-3">
            <Clock aria-hidden className="mt-0.5 size-5 shrink-0 text-waiting" />
            <div>
              {isStrip ? null : <p className="font-semibold">{t('title')}</p>}
              <p className={isStrip ? 'text-sm' : 'text-ink-soft'}>
                {t(isStrip ? 'callText' : 'text', { seconds: left })}
              </p>
            </div>
          </div>
          <Button look={isStrip ? 'quiet' : 'secondary'} size={isStrip ? 'small' : 'regular'} onPress={touch}>
            {t('stay')}
          </Button>
        </section>
      )}
    </>
  );
}
