'use client';

import { Check, CircleAlert } from 'lucide-react';
import { useLocale, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useTimes } from '../i18n/useTimes.ts';
import type { RecordingChecks } from './messages.ts';
import { type KnownNames, useRecordedName } from './useRecordedName.ts';

/** What was checked before a recording is played: who agreed, who recorded, and that this opening is in the log. */
export function RecordingFacts({ checks, names }: { checks: RecordingChecks; names: KnownNames }) {
  const t = useTranslations('playback.checked');
  const times = useTimes();
  const nameOf = useRecordedName(checks, names);
  const list = new Intl.ListFormat(useLocale());
  return (
    <ul className="flex flex-col gap-1.5 rounded-lg border border-verified bg-verified-soft p-4 text-sm">
      <Checked>
        {t('agreed')}
        <ul className="list-disc ps-5">
          {checks.agreed.map(({ participant, at }) => (
            <li key={participant}>{t('agreedAt', { name: nameOf(participant), when: times.stamp(new Date(at)) })}</li>
          ))}
        </ul>
      </Checked>
      {checks.missing.length > 0 ? (
        <Doubtful>{t('missing', { names: list.format(checks.missing.map(nameOf)) })}</Doubtful>
      ) : null}
      {checks.encodedAnew.length > 0 ? (
        <Doubtful>{t('encodedAnew', { names: list.format(checks.encodedAnew.map(nameOf)) })}</Doubtful>
      ) : null}
      <Checked>{t('reason', { reason: t(`reasons.${checks.reason}`) })}</Checked>
      <Checked>{t('recorded', { name: names.clinician, when: times.stamp(new Date(checks.sealedAt)) })}</Checked>
      <Checked>{t('same', { when: times.stamp(new Date(checks.registeredAt)) })}</Checked>
      <Checked>{t('logged', { places: checks.indices.join(', ') })}</Checked>
      {checks.isWitnessed && checks.witnessedAt !== null ? (
        <Checked>{t('witnessed', { when: times.stamp(new Date(checks.witnessedAt * 1000)) })}</Checked>
      ) : (
        <Doubtful>{t('unwitnessed')}</Doubtful>
      )}
    </ul>
  );
}

function Doubtful({ children }: { children: ReactNode }) {
  return (
    <li className="flex items-start gap-2 text-waiting">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span>{children}</span>
    </li>
  );
}

function Checked({ children }: { children: ReactNode }) {
  return (
    <li className="flex items-start gap-2">
      <Check aria-hidden className="mt-0.5 size-4 shrink-0 text-verified" />
      <div>{children}</div>
    </li>
  );
}
