'use client';

import { useTranslations } from 'next-intl';

const acts = ['holdUp', 'disable', 'endPasskey', 'letGo'] as const;

/** What each act against an account does, from the mildest to the gravest. */
export function WhatDoesWhat() {
  const t = useTranslations('incidents.acts');
  return (
    <details className="rounded-lg border border-line bg-surface px-4 sm:px-5">
      <summary className="flex min-h-12 cursor-pointer items-center font-medium text-accent">{t('title')}</summary>
      <dl className="grid gap-x-6 gap-y-4 pt-1 pb-5 sm:grid-cols-2">
        {acts.map((act) => (
          <div key={act}>
            <dt className="font-semibold">{t(`${act}.name`)}</dt>
            <dd className="text-ink-soft">{t(`${act}.text`)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
