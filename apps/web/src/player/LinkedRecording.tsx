'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import type { ObjectId } from '@sotto/protocol/ids';
import { sealedRecording } from '@sotto/protocol/recordings';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { Fragment } from 'react';
import { PageTitle } from '../components/PageTitle.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { mayPass } from '../keystore/errors.ts';
import { askPhi, staffReadsFor } from '../keystore/phiRequest.ts';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { RecordingCard } from './RecordingCard.tsx';
import { linkedIn } from './recordings.ts';

interface LinkedRecordingProps {
  objects: readonly ObjectId[];
  staff: StaffSession['staff'];
  pins: Pins;
}

/** One recording by its link: whether it opens for who reads, the keystore decides. */
export function LinkedRecording({ objects, staff, pins }: LinkedRecordingProps) {
  const t = useTranslations('playback');
  const query = useQuery({
    queryKey: ['keystore', 'recording', ...objects],
    queryFn: async ({ signal }) => {
      const why = staffReadsFor(staff);
      const read = objects.map((object) =>
        askPhi(sealedRecording, { route: 'readRecording', object, ...why }, { signal }),
      );
      return linkedIn(await Promise.all(read));
    },
    retry: (failures: number, error: Error) => failures < 3 && mayPass(error),
  });
  return (
    <div className="flex flex-col gap-6">
      <PageTitle>{t('oneTitle')}</PageTitle>
      {query.isError ? <TroubleNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending ? <Skeleton className="h-40" /> : null}
      <ul className="flex flex-col gap-4 empty:hidden">
        {query.data?.map(({ listed, present, leftOut }) => (
          <Fragment key={listed.recording}>
            {leftOut > 0 ? (
              <li className="text-waiting">{t('linkedPart', { present, all: present + leftOut })}</li>
            ) : null}
            <RecordingCard listed={listed} staff={staff} patient={null} pins={pins} />
          </Fragment>
        ))}
      </ul>
    </div>
  );
}
