'use client';

import { useTranslations } from 'next-intl';
import { Notice } from '../components/Notice.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import type { About } from '../keystore/keystoreApi.ts';
import type { CheckedEntry } from '../keystore/logTrust.ts';
import { confirmedAt, gapsOf, onePatientOf, placesMissing, summaryOf } from './entryState.ts';

interface LogSummaryProps {
  entries: readonly CheckedEntry[];
  about: About;
  /** Each answer is to the very reading that this browser asked for. */
  isFresh: boolean;
  /** Nothing is older than these. */
  isWhole: boolean;
}

/** What this browser found of all the lines together; never hides what failed. */
export function LogSummary({ entries, about, isFresh, isWhole }: LogSummaryProps) {
  const t = useTranslations('log.sum');
  const times = useTimes();
  const isOnePatients = about.of === 'patient';
  const expected = isOnePatients ? (about.patient ?? null) : null;
  const gaps = about.of === 'all' ? placesMissing(entries, isWhole) : { count: 0, places: '' };
  const confirmed = confirmedAt(entries);
  const { verified, unwitnessed, gone, failed, inOrder } = summaryOf(entries);
  const { missing, isLinked } = isOnePatients ? gapsOf(entries, isWhole) : { missing: 0, isLinked: true };
  if (failed > 0 || !inOrder || !isLinked) {
    return (
      <Notice tone="danger" title={failed > 0 ? t('failed', { failed, total: entries.length }) : t('disorder')} live>
        {t('failedText')}
      </Notice>
    );
  }
  if (!isFresh) {
    return (
      <Notice tone="danger" title={t('stale')} live>
        {t('staleText')}
      </Notice>
    );
  }
  if (isOnePatients && onePatientOf(entries, expected) === null && entries.length > gone) {
    return (
      <Notice tone="danger" title={t('others')} live>
        {t('othersText')}
      </Notice>
    );
  }
  if (gaps.count > 0) {
    return (
      <Notice tone="danger" title={t('gaps', { count: gaps.count })} live>
        {t('gapsText', { places: gaps.places })}
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
      {isOnePatients && confirmed !== null ? (
        <p>{t(isWhole ? 'complete' : 'completeSoFar', { when: times.stamp(new Date(confirmed)) })}</p>
      ) : null}
      {about.of === 'all' ? <p>{t('nothingNewer')}</p> : null}
      {gone > 0 ? <p>{t('gone', { count: gone })}</p> : null}
    </Notice>
  );
}
