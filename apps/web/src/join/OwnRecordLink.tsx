'use client';

import { useTranslations } from 'next-intl';
import { Link } from '../i18n/navigation.ts';

/** For patients: the way to who opened what is sealed about them. */
export function OwnRecordLink() {
  const t = useTranslations('common');
  return (
    <Link
      href="/access-log/#mine"
      prefetch={false}
      className="inline-flex min-h-11 items-center self-start text-accent"
    >
      {t('whoOpened')}
    </Link>
  );
}
