'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import type { StaffId } from '@sotto/protocol/ids';
import type { ProvenEnrolment } from '@sotto/protocol/keystore';
import { useQuery } from '@tanstack/react-query';
import { UserCheck } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { RowList } from '../components/RowList.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { useNow } from '../i18n/useNow.ts';
import { useTimes } from '../i18n/useTimes.ts';
import { type CheckedDirectory, livingPasskeys } from '../keystore/directory.ts';
import { enrolmentsQuery } from '../keystore/keystoreQueries.ts';
import { personNames } from '../keystore/names.ts';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { useRoleName } from '../staff/useRoleName.ts';
import { ApproveDialog } from './ApproveDialog.tsx';
import { CheckCode } from './CheckCode.tsx';
import type { ClinicianEnrolment } from './ownEnrolments.ts';

type WaitingClinician = ProvenEnrolment & { enrolment: ClinicianEnrolment };

const isClinicians = (one: ProvenEnrolment): one is WaitingClinician => one.enrolment.of === 'clinician';

interface WaitingEnrolmentsProps {
  staff: StaffSession['staff'];
  directory: CheckedDirectory & { readonly people: readonly { readonly id: StaffId; readonly name: string }[] };
  pins: Pins;
}

/** Who waits for an officer: name, role, licence and the number to compare. */
export function WaitingEnrolments({ staff, directory, pins }: WaitingEnrolmentsProps) {
  const t = useTranslations('passkeys.waiting');
  const query = useQuery(enrolmentsQuery);
  const [open, setOpen] = useState<WaitingClinician | null>(null);
  const hasPasskey = livingPasskeys(directory, staff.id).length > 0;
  const nameOf = personNames([...(query.data?.people ?? []), ...directory.people]);
  const waiting = query.data?.enrolments.filter(isClinicians) ?? [];
  const others = waiting.filter(({ enrolment }) => enrolment.entry.subject !== staff.id);
  return (
    <section aria-labelledby="waiting-title" className="flex flex-col gap-4">
      <h2 id="waiting-title" className="text-xl font-semibold tracking-tight">
        {t('title')}
      </h2>
      {query.isError ? <TroubleNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending ? <Skeleton className="h-24" /> : null}
      {query.data ? (
        <RowList rows={others} empty={{ icon: UserCheck, title: t('empty.title'), text: t('empty.text') }}>
          {(one) => (
            <WaitingRow
              key={one.enrolment.entry.credential}
              enrolment={one.enrolment}
              name={nameOf(one.enrolment.entry.subject)}
              canApprove={hasPasskey}
              onCompare={() => setOpen(one)}
            />
          )}
        </RowList>
      ) : null}
      {open ? (
        <ApproveDialog
          waiting={open}
          me={staff.id}
          nameOf={nameOf}
          directory={directory}
          pins={pins}
          onClose={() => setOpen(null)}
        />
      ) : null}
    </section>
  );
}

interface WaitingRowProps {
  enrolment: ClinicianEnrolment;
  name: string;
  canApprove: boolean;
  onCompare: () => void;
}

function WaitingRow({ enrolment, name, canApprove, onCompare }: WaitingRowProps) {
  const t = useTranslations('passkeys.waiting');
  const roles = useRoleName();
  const times = useTimes();
  const now = useNow(30_000);
  const { role, licence } = enrolment.entry;
  const roleName = roles(role);
  return (
    <li className="flex flex-col gap-4 p-5 sm:flex-row sm:items-center sm:justify-between">
      <div className="flex min-w-0 flex-col gap-1">
        <p className="text-lg font-semibold break-words">{name}</p>
        <p className="text-ink-soft">
          {licence === null ? t('noLicence', { role: roleName }) : t('licence', { role: roleName, licence })}
        </p>
        <p className="text-sm text-ink-soft">{times.fromNow(new Date(enrolment.requestedAt), now)}</p>
      </div>
      <div className="flex flex-col gap-3 sm:items-end">
        <CheckCode enrolment={enrolment} />
        {canApprove ? (
          <Button onPress={onCompare} aria-label={t('compareWith', { name })} wide>
            {t('compare')}
          </Button>
        ) : (
          <p className="text-sm text-ink-soft">{t('needsOwn')}</p>
        )}
      </div>
    </li>
  );
}
