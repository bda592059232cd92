'use client';

import { useTranslations } from 'next-intl';
import { buttonLook } from '../components/buttonLook.ts';
import { Notice } from '../components/Notice.tsx';
import { Link } from '../i18n/navigation.ts';

/** Tells whose account is disabled what is left to them. @param isElsewhere whether the page is for something else */
export function DisabledNotice({ isElsewhere = false }: { isElsewhere?: boolean }) {
  const t = useTranslations('signIn.disabled');
  return (
    <Notice
      tone="danger"
      title={t('title')}
      live
      actions={
        isElsewhere ? (
          <Link href="/record/" prefetch={false} className={buttonLook('secondary')}>
            {t('toRecord')}
          </Link>
        ) : null
      }
    >
      {isElsewhere ? <p>{t('elsewhere')}</p> : null}
      <p>{t('text')}</p>
    </Notice>
  );
}
