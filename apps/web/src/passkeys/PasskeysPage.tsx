'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { Notice } from '../components/Notice.tsx';
import { PageTitle } from '../components/PageTitle.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { livingPasskeys } from '../keystore/directory.ts';
import { KeystoreGate, type KnownKeystore } from '../keystore/KeystoreGate.tsx';
import { UncomparedKeys } from '../keystore/KeystoreNumber.tsx';
import { directoryQuery } from '../keystore/keystoreQueries.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { OfficerNotices } from '../notices/OfficerNotices.tsx';
import { holds } from '../staff/heldRoles.ts';
import { StaffPage } from '../staff/StaffPage.tsx';
import { DirectoryList } from './DirectoryList.tsx';
import { OwnPasskeys } from './OwnPasskeys.tsx';
import { officerRole } from './officers.ts';
import { WaitingEnrolments } from './WaitingEnrolments.tsx';

/** One's own passkeys; for officers also who waits, and the whole directory. */
export function PasskeysPage() {
  return (
    <StaffPage>
      {(staff) => <KeystoreGate>{(keystore) => <Passkeys staff={staff} keystore={keystore} />}</KeystoreGate>}
    </StaffPage>
  );
}

function Passkeys({ staff, keystore }: { staff: StaffSession['staff']; keystore: KnownKeystore }) {
  const t = useTranslations('passkeys');
  const query = useQuery(directoryQuery(keystore.pins));
  const isOfficer = holds(staff, officerRole);
  const hasPasskey = query.data !== undefined && livingPasskeys(query.data, staff.id).length > 0;
  return (
    <div className="flex flex-col gap-8">
      <PageTitle text={t('text')}>{t('title')}</PageTitle>
      {isOfficer ? <OfficerNotices staff={staff.id} /> : null}
      <UncomparedKeys keys={keystore.pins} />
      {query.isError ? <TroubleNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending ? <Skeleton className="h-40" /> : null}
      {query.data ? (
        <div className={isOfficer ? 'grid items-start gap-8 lg:grid-cols-[minmax(0,1fr)_24rem]' : 'max-w-2xl'}>
          {isOfficer ? (
            <div className={`flex flex-col gap-8 ${hasPasskey ? '' : 'max-lg:order-last'}`}>
              <WaitingEnrolments staff={staff} directory={query.data} pins={keystore.pins} />
              <DirectoryList staff={staff} directory={query.data} pins={keystore.pins} />
            </div>
          ) : null}
          <div className="flex flex-col gap-4">
            <h2 className="text-xl font-semibold tracking-tight">{t('own')}</h2>
            <OwnPasskeys staff={staff} keystore={keystore} directory={query.data} />
          </div>
        </div>
      ) : null}
      {keystore.identity.master === 'software' ? (
        <Notice title={t('software.title')}>{t('software.text')}</Notice>
      ) : null}
    </div>
  );
}
