'use client';

import { useTranslations } from 'next-intl';
import { Notice } from '../components/Notice.tsx';
import type { CheckedEntry } from '../keystore/logTrust.ts';
import { summaryOf } from './entryState.ts';

/** What this browser found of all the lines together; never hides what failed. */
export function LogSummary({ entries }: { entries: readonly CheckedEntry[] }) {
  const t = useTranslations('log.sum');
  const { verified, unwitnessed, gone, failed, inOrder } = summaryOf(entries);
  if (failed > 0 || !inOrder) {
    return (
      <Notice tone="danger" title={failed > 0 ? t('failed', { failed, total: entries.length }) : t('disorder')} live>
        {t('failedText')}
      </Notice>
    );
  }
  if (unwitnessed > 0) {
    return (
      <Notice tone="waiting" title={t('unwitnessed', { count: unwitnessed, total: entries.length })} live>
        {t('unwitnessedText')}
      </Notice>
    );
  }
  return (
    <Notice tone="verified" title={t('verified', { count: verified })} live>
      {t('verifiedText')}
      {gone > 0 ? <p>{t('gone', { count: gone })}</p> : null}
    </Notice>
  );
}
