'use client';

import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { readJoin } from '../clinic/clinicApi.ts';
import { useClinicName } from '../clinic/clinicQueries.ts';
import { faultCode } from '../clinic/errors.ts';
import { buttonLook } from '../components/buttonLook.ts';
import { FocusHeading } from '../components/FocusHeading.tsx';
import { PageShell } from '../components/PageShell.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { Link } from '../i18n/navigation.ts';
import { PortalLink } from '../join/PortalLink.tsx';
import { KeystoreGate } from '../keystore/KeystoreGate.tsx';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { EntryList } from './EntryList.tsx';

/** Who opened what is sealed about the patient who reads. */
export function PatientLog() {
  const t = useTranslations('log.mine');
  const clinic = useClinicName();
  const join = useQuery({
    queryKey: ['join', 'who'],
    queryFn: ({ signal }) => readJoin(signal),
    refetchOnWindowFocus: false,
  });
  const isNobody = join.isError && ['unauthenticated', 'forbidden', 'notFound'].includes(faultCode(join.error));
  return (
    <PageShell owner={clinic}>
      <div className="flex flex-col gap-6">
        <div className="flex flex-col gap-2">
          <FocusHeading takeFocus={false}>{t('title')}</FocusHeading>
          <p className="text-lg text-ink-soft">{t('text')}</p>
        </div>
        {join.isPending ? <Skeleton className="h-64" /> : null}
        {isNobody ? <p className="text-lg">{t('noSession')}</p> : null}
        {join.isError && !isNobody ? <TroubleNotice error={join.error} onRetry={() => void join.refetch()} /> : null}
        {join.data && !isNobody ? (
          <>
            <KeystoreGate>
              {({ pins }) => <EntryList about={{ of: 'patient' }} pins={pins} reader={null} />}
            </KeystoreGate>
            <div className="flex flex-col gap-3">
              <PortalLink />
              <Link href="/join/" prefetch={false} className={`${buttonLook('secondary')} self-start`}>
                {t('back')}
              </Link>
            </div>
          </>
        ) : null}
      </div>
    </PageShell>
  );
}
