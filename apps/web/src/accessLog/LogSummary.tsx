'use client';

import { useTranslations } from 'next-intl';
import { Notice } from '../components/Notice.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import type { About } from '../keystore/keystoreApi.ts';
import type { CheckedEntry } from '../keystore/logTrust.ts';
import type { PatientKey } from '../portal/patientKeys.ts';
import { confirmedAt, gapsOf, onePatientOf, placesMissing, summaryOf } from './entryState.ts';
import type { ReadingVerdict } from './ownReading.ts';

interface LogSummaryProps {
  entries: readonly CheckedEntry[];
  about: About;
  /** Whether each answer is to the very reading that this browser asked for. */
  found: ReadingVerdict;
  /** Of a patient who reads: the key by which this browser knows the record as theirs. */
  ownKey: PatientKey | null;
  /** Nothing is older than these. */
  isWhole: boolean;
}

/** What this browser found of all the lines together; never hides what failed. */
export function LogSummary({ entries, about, found, ownKey, isWhole }: LogSummaryProps) {
  const t = useTranslations('log.sum');
  const times = useTimes();
  const followed = about.of === 'platform' ? about.followed : about;
  const isAll = followed === null || followed.of === 'all';
  const isOnePatients = followed?.of === 'patient' || about.of === 'mine';
  const patient = onePatientOf(entries);
  const isAsked = followed?.of === 'patient' ? patient === followed.patient : patient !== null;
  const gaps = isAll ? placesMissing(entries, isWhole) : { count: 0, places: '' };
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
  if (found === 'other') {
    return (
      <Notice tone="danger" title={t('stale')} live>
        {t('staleText')}
      </Notice>
    );
  }
  if (isOnePatients && !isAsked && entries.length > gone) {
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
  if (about.of === 'mine' && (found === 'unknown' || ownKey === null)) {
    const why = about.known.length === 0 ? 'nobody' : 'another';
    return (
      <Notice tone="waiting" title={t(`${why}.title`)} live>
        {t(`${why}.text`)}
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
      {ownKey === null ? null : (
        <p>
          {t(`yours.${ownKey.kind}`, {
            end: ownKey.credential.slice(-4),
            when: times.stamp(new Date(ownKey.enrolledAt)),
          })}
        </p>
      )}
      {isOnePatients && confirmed !== null ? (
        <p>{t(isWhole ? 'complete' : 'completeSoFar', { when: times.stamp(new Date(confirmed)) })}</p>
      ) : null}
      {isAll ? <p>{t('nothingNewer')}</p> : null}
      {gone > 0 ? <p>{t('gone', { count: gone })}</p> : null}
    </Notice>
  );
}
