'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useSyncExternalStore } from 'react';
import { Notice } from '../components/Notice.tsx';
import { PageTitle } from '../components/PageTitle.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { livingPasskeys } from '../keystore/directory.ts';
import { KeystoreGate } from '../keystore/KeystoreGate.tsx';
import { directoryQuery } from '../keystore/keystoreQueries.ts';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { OfficerNotices } from '../notices/OfficerNotices.tsx';
import { officerRole } from '../passkeys/officers.ts';
import { holds } from '../staff/heldRoles.ts';
import { StaffPage } from '../staff/StaffPage.tsx';
import { FindPatient } from './FindPatient.tsx';
import { HoldList } from './HoldList.tsx';
import { parseKeptAddress } from './keptAddress.ts';
import { OnePatient } from './OnePatient.tsx';
import { RestrictionList } from './RestrictionList.tsx';
import { WaitingPatients } from './WaitingPatients.tsx';

function onHashChange(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

/** Patients' keys, deletion for good, legal holds and restrictions: for privacy officers. */
export function KeptPage() {
  const t = useTranslations('kept');
  return (
    <StaffPage>
      {(staff) => (
        <div className="flex flex-col gap-8">
          <PageTitle text={t('text')}>{t('title')}</PageTitle>
          {holds(staff, officerRole) ? (
            <>
              <OfficerNotices staff={staff.id} />
              <KeystoreGate>{({ pins }) => <Kept staff={staff} pins={pins} />}</KeystoreGate>
            </>
          ) : (
            <Notice title={t('officersOnly.title')}>{t('officersOnly.text')}</Notice>
          )}
        </div>
      )}
    </StaffPage>
  );
}

function Kept({ staff, pins }: { staff: StaffSession['staff']; pins: Pins }) {
  const t = useTranslations('kept');
  const query = useQuery(directoryQuery(pins));
  const hash = useSyncExternalStore(
    onHashChange,
    () => window.location.hash,
    () => '',
  );
  const patient = parseKeptAddress(hash);
  if (query.isPending) return <Skeleton className="h-64" />;
  if (query.isLoadingError) return <TroubleNotice error={query.error} onRetry={() => void query.refetch()} />;
  const directory = query.data;
  return (
    <>
      {livingPasskeys(directory, staff.id).length === 0 ? <Notice tone="waiting">{t('needsPasskey')}</Notice> : null}
      {patient === null ? null : (
        <OnePatient key={patient} patient={patient} staff={staff} directory={directory} pins={pins} />
      )}
      <div className="grid items-start gap-8 lg:grid-cols-2">
        <WaitingPatients staff={staff} directory={directory} pins={pins} />
        <div className="flex flex-col gap-8">
          <FindPatient key={patient} />
          <HoldList />
          <RestrictionList pins={pins} />
        </div>
      </div>
    </>
  );
}
