'use client';

import { useTranslations } from 'next-intl';
import { buttonLook } from '../../components/buttonLook.ts';

/**
 * A defect in a page: nothing of it is shown or sent, and a new start is offered. Loaded with every page, so it is made
 * of little, and of nothing that may itself be what broke.
 */
export default function PageError() {
  const t = useTranslations('pageError');
  return (
    <main className="mx-auto flex min-h-dvh max-w-xl flex-col justify-center gap-5 px-4">
      <h1 className="text-2xl font-semibold tracking-tight">{t('title')}</h1>
      <p className="text-lg text-ink-soft">{t('text')}</p>
      <button
        type="button"
        onClick={() => window.location.reload()}
        className={`${buttonLook('primary', 'large')} sm:self-start`}
      >
        {t('reload')}
      </button>
    </main>
  );
}
