'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import type { StaffId } from '@sotto/protocol/ids';
import { useQuery } from '@tanstack/react-query';
import { UserCheck } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { RowList } from '../components/RowList.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { useNow } from '../i18n/useNow.ts';
import { useTimes } from '../i18n/useTimes.ts';
import { checkCodeOf } from '../keystore/checkCode.ts';
import type { CheckedDirectory } from '../keystore/directory.ts';
import { enrolmentsQuery } from '../keystore/keystoreQueries.ts';
import { personNames } from '../keystore/names.ts';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { CheckCode } from '../passkeys/CheckCode.tsx';
import { isPatients, type WaitingPatient } from '../patientAccess/waitingPatient.ts';
import { SignDialog } from './SignDialog.tsx';
import { secondOf } from './signers.ts';

interface WaitingPatientsProps {
  staff: StaffSession['staff'];
  directory: CheckedDirectory & { readonly people: readonly { readonly id: StaffId; readonly name: string }[] };
  pins: Pins;
}

/** Patients who ask for a key: who has lost every one is helped to it here, by two people and with a day's wait. */
export function WaitingPatients({ staff, directory, pins }: WaitingPatientsProps) {
  const t = useTranslations('kept.assist');
  const patientAccess = useTranslations('patientAccess');
  const times = useTimes();
  const now = useNow(30_000);
  const query = useQuery(enrolmentsQuery);
  const [open, setOpen] = useState<{ readonly waiting: WaitingPatient; readonly shownCode: string } | null>(null);
  const [isDone, setDone] = useState(false);
  const waiting = query.data?.enrolments.filter(isPatients) ?? [];
  const nameOf = personNames(directory.people);
  return (
    <section aria-labelledby="assist-title" className="flex flex-col gap-4">
      <div className="flex flex-col gap-1">
        <h2 id="assist-title" className="text-xl font-semibold tracking-tight">
          {t('title')}
        </h2>
        <p className="text-ink-soft">{t('text')}</p>
      </div>
      {isDone ? (
        <Notice tone="verified" title={t('done.title')} live>
          {t('done.text')}
        </Notice>
      ) : null}
      {query.isError ? <TroubleNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending ? <Skeleton className="h-24" /> : null}
      {query.data ? (
        <RowList rows={waiting} empty={{ icon: UserCheck, title: t('empty.title'), text: t('empty.text') }}>
          {(one) => (
            <li key={one.enrolment.entry.credential} className="flex flex-col gap-3 p-5">
              <div>
                <p className="font-semibold break-all">{one.enrolment.entry.pseudonym}</p>
                <p className="text-sm text-ink-soft">
                  {patientAccess(one.enrolment.entry.kind)}
                  <span aria-hidden> · </span>
                  {times.fromNow(new Date(one.enrolment.requestedAt), now)}
                </p>
              </div>
              <CheckCode enrolment={one.enrolment} />
              <div>
                <Button
                  look="secondary"
                  onPress={() => {
                    void checkCodeOf(one.enrolment).then((shownCode) => setOpen({ waiting: one, shownCode }));
                  }}
                  wide
                >
                  {t('open')}
                </Button>
              </div>
            </li>
          )}
        </RowList>
      ) : null}
      {open ? (
        <SignDialog
          wish={{
            matters: [{ action: 'assist', entry: open.waiting.enrolment.entry }],
            about: [open.waiting.enrolment.entry.pseudonym],
            newcomer: { proven: open.waiting, shownCode: open.shownCode },
            title: t('sign.title'),
            points: [t('sign.compare'), t('sign.who'), t('sign.waits'), t('sign.told')],
            action: t('sign.action'),
            confirmation: null,
            seconds: secondOf(directory, staff.id, 'assist'),
          }}
          me={staff.id}
          nameOf={nameOf}
          directory={directory}
          pins={pins}
          onClose={() => setOpen(null)}
          onDone={() => {
            setOpen(null);
            setDone(true);
          }}
        >
          <CheckCode enrolment={open.waiting.enrolment} />
        </SignDialog>
      ) : null}
    </section>
  );
}
