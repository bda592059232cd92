'use client';

import { useTranslations } from 'next-intl';
import { Notice } from '../components/Notice.tsx';
import type { CheckedEntry } from '../keystore/logTrust.ts';
import { gapsOf, summaryOf } from './entryState.ts';

interface LogSummaryProps {
  entries: readonly CheckedEntry[];
  /** All of them are about one patient, whose own count has no gap unless something is left out. */
  isOnePatients: boolean;
  /** Nothing is older than these. */
  isWhole: boolean;
}

/** What this browser found of all the lines together; never hides what failed. */
export function LogSummary({ entries, isOnePatients, isWhole }: LogSummaryProps) {
  const t = useTranslations('log.sum');
  const { verified, unwitnessed, gone, failed, inOrder } = summaryOf(entries);
  const { missing, isLinked } = isOnePatients ? gapsOf(entries, isWhole) : { missing: 0, isLinked: true };
  if (failed > 0 || !inOrder || !isLinked) {
    return (
      <Notice tone="danger" title={failed > 0 ? t('failed', { failed, total: entries.length }) : t('disorder')} live>
        {t('failedText')}
      </Notice>
    );
  }
  if (missing > 0) {
    return (
      <Notice tone="danger" title={t('missing', { count: missing })} live>
        {t('missingText')}
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
      {isOnePatients ? <p>{t(isWhole ? 'complete' : 'completeSoFar')}</p> : null}
      {gone > 0 ? <p>{t('gone', { count: gone })}</p> : null}
    </Notice>
  );
}
