'use client';

import { useTranslations } from 'next-intl';
import { Link } from '../i18n/navigation.ts';

/** For patients: the way to their own notes and keys. */
export function PortalLink() {
  const t = useTranslations('common');
  return (
    <Link href="/portal/" prefetch={false} className="inline-flex min-h-11 items-center self-start text-accent">
      {t('ownRecord')}
    </Link>
  );
}
