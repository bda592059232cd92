'use client';

import { useTranslations } from 'next-intl';
import type { Person } from '../call/contract.ts';
import { useTimes } from '../i18n/useTimes.ts';

/** Behind what somebody is: until when they may stay, for those who may not for good. */
export function Until({ of }: { of: Pick<Person, 'until'> }) {
  const t = useTranslations('guests');
  const times = useTimes();
  if (of.until === null) return null;
  return (
    <>
      <span aria-hidden> · </span>
      {t('until', { time: times.time(new Date(of.until)) })}
    </>
  );
}
