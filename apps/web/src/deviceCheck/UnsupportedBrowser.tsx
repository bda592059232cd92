'use client';

import { useTranslations } from 'next-intl';
import { FocusHeading } from '../components/FocusHeading.tsx';
import { supportedBrowsers } from '../media/supportedBrowsers.ts';

/** Said instead of a visit that couldn't be kept private. */
export function UnsupportedBrowser() {
  const t = useTranslations('unsupported');
  return (
    <div className="flex flex-col gap-5">
      <FocusHeading takeFocus={false}>{t('title')}</FocusHeading>
      <p className="text-lg text-ink-soft">{t('text')}</p>
      <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
        {supportedBrowsers.map(({ name, version }) => (
          <li key={name} className="flex justify-between gap-4 px-4 py-3">
            <span className="font-medium">{name}</span>
            <span className="text-ink-soft tabular-nums">{t('from', { version })}</span>
          </li>
        ))}
      </ul>
      <p className="text-ink-soft">{t('phone')}</p>
    </div>
  );
}
