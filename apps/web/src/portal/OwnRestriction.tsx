'use client';

import { useTranslations } from 'next-intl';
import { Notice } from '../components/Notice.tsx';
import { useTimes } from '../i18n/useTimes.ts';

/** In place of the ways to open something: nobody may, the patient who reads neither, and what they can do about it. */
export function OwnRestriction({ since }: { since: Date }) {
  const t = useTranslations('portal.restricted');
  const times = useTimes();
  return (
    <Notice title={t('title', { when: times.stamp(since) })}>
      <p>{t('text')}</p>
      <p>{t('ask')}</p>
    </Notice>
  );
}
