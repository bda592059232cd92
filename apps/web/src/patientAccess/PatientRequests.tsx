'use client';

import type { StaffId, VisitId } from '@sotto/protocol/ids';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { enrolmentsQuery } from '../keystore/keystoreQueries.ts';
import { personNames } from '../keystore/names.ts';
import type { Pins } from '../keystore/pins.ts';
import { ComparePatientDialog } from './ComparePatientDialog.tsx';
import { isPatients, type WaitingPatient } from './waitingPatient.ts';

interface PatientRequestsProps {
  visit: VisitId;
  staff: StaffId;
  pins: Pins;
}

/** A visit's patient asks for a key to their own record: their clinician compares a number with them, and signs. */
export function PatientRequests({ visit, staff, pins }: PatientRequestsProps) {
  const t = useTranslations('patientAccess');
  const query = useQuery(enrolmentsQuery);
  const [open, setOpen] = useState<WaitingPatient | null>(null);
  const [isDone, setDone] = useState(false);
  const waiting = query.data?.enrolments.filter(isPatients).filter(({ enrolment }) => enrolment.visit === visit) ?? [];
  const nameOf = personNames(query.data?.patients ?? []);
  return (
    <>
      {waiting.map((one) => (
        <Notice
          key={one.enrolment.entry.credential}
          tone="waiting"
          live
          title={t('asks', { name: nameOf(one.enrolment.entry.pseudonym) })}
          actions={<Button onPress={() => setOpen(one)}>{t('compare')}</Button>}
        >
          {t('text')}
        </Notice>
      ))}
      {isDone && waiting.length === 0 ? (
        <Notice tone="verified" title={t('done.title')} live>
          {t('done.text')}
        </Notice>
      ) : null}
      {open ? (
        <ComparePatientDialog
          waiting={open}
          visit={visit}
          me={staff}
          name={nameOf(open.enrolment.entry.pseudonym)}
          pins={pins}
          onClose={() => setOpen(null)}
          onDone={() => {
            setDone(true);
            setOpen(null);
          }}
        />
      ) : null}
    </>
  );
}
