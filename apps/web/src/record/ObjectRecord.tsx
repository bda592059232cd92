'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import type { ObjectId } from '@sotto/protocol/ids';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { PageTitle } from '../components/PageTitle.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { objectQuery } from '../keystore/keystoreQueries.ts';
import { staffReadsFor } from '../keystore/phiRequest.ts';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { SealedNoteCard } from './SealedNoteCard.tsx';

interface ObjectRecordProps {
  object: ObjectId;
  staff: StaffSession['staff'];
  pins: Pins;
}

/** One note by its link: who has no part in the patient's care is refused by the keystore, not by this page. */
export function ObjectRecord({ object, staff, pins }: ObjectRecordProps) {
  const t = useTranslations('record');
  const query = useQuery(objectQuery(object, staffReadsFor(staff)));
  return (
    <div className="flex flex-col gap-6">
      <PageTitle>{t('oneTitle')}</PageTitle>
      {query.isError ? <TroubleNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending ? <Skeleton className="h-40" /> : null}
      {query.data ? (
        <ul>
          <SealedNoteCard
            summary={query.data}
            staff={staff}
            pins={pins}
            visit={query.data.visitId}
            load={async () => (await query.refetch({ throwOnError: true })).data ?? query.data}
          />
        </ul>
      ) : null}
    </div>
  );
}
