'use client';

import { useTranslations } from 'next-intl';
import { Logo } from '../components/Logo.tsx';

/** Between the page and the call: one calm sentence. */
export function CallOpening() {
  const t = useTranslations('call');
  return (
    <main className="grid min-h-dvh place-items-center p-6">
      <div role="status" className="flex flex-col items-center gap-4 text-center">
        <Logo className="size-10 motion-safe:animate-breathe" />
        <p className="text-lg text-ink-soft">{t('connecting')}</p>
      </div>
    </main>
  );
}
