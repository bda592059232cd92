'use client';

import { useTranslations } from 'next-intl';
import { Notice } from '../components/Notice.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import type { RestrictedExtent } from '../keystore/restrictions.ts';

/** Of what nobody may open, the patient who reads neither, and what they can do about it. Of a recording it may be a part. */
export function OwnRestriction({ since, rest }: RestrictedExtent) {
  const t = useTranslations('portal.restricted');
  const times = useTimes();
  const isPart = rest.length > 0;
  return (
    <Notice title={t(isPart ? 'partTitle' : 'title', { when: times.stamp(since) })} live>
      <p>{t(isPart ? 'partText' : 'text')}</p>
      <p>{t('ask')}</p>
    </Notice>
  );
}
