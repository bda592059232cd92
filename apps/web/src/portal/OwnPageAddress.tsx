'use client';

import { useTranslations } from 'next-intl';

/** Where a patient who has a key finds their record at any time. Shown in the browser alone, which knows the address. */
export function OwnPageAddress() {
  const t = useTranslations('portal');
  return <p className="break-words text-ink-soft">{t('anyTime', { address: `${window.location.host}/portal/` })}</p>;
}
