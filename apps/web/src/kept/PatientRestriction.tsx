'use client';

import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import type { Restriction } from '../keystore/restrictions.ts';

interface PatientRestrictionProps {
  /** Of everything of the patient's; null if there is none. */
  restriction: Restriction | null;
  /** Who signed for it. */
  names: string;
  onRestrict: () => void;
  onLift: () => void;
}

/** Whether all of a patient's is closed to everybody, and the way to the other state. */
export function PatientRestriction({ restriction, names, onRestrict, onLift }: PatientRestrictionProps) {
  const t = useTranslations('kept.one');
  const times = useTimes();
  if (restriction === null) {
    return (
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-ink-soft">{t('notRestricted')}</p>
        <Button look="secondary" onPress={onRestrict} wide>
          {t('restrictAll')}
        </Button>
      </div>
    );
  }
  return (
    <Notice
      tone="waiting"
      title={t('restrictedAll', { when: times.stamp(restriction.since) })}
      actions={
        <Button look="secondary" onPress={onLift}>
          {t('liftRestriction')}
        </Button>
      }
    >
      <p>{t('restrictedText')}</p>
      <p>{t('restrictedBy', { names })}</p>
    </Notice>
  );
}
