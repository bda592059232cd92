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
import { OwnRecordLink } from '../join/OwnRecordLink.tsx';
import { KeystoreGate } from '../keystore/KeystoreGate.tsx';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { Portal } from './Portal.tsx';

/** The patient's own page: notes, keys, and who opened what. */
export function PortalPage() {
  const t = useTranslations('portal');
  const clinic = useClinicName();
  const join = useQuery({
    queryKey: ['join', 'who'],
    queryFn: ({ signal }) => readJoin(signal),
    refetchOnWindowFocus: false,
  });
  const isNobody = join.isError && ['unauthenticated', 'forbidden', 'notFound'].includes(faultCode(join.error));
  return (
    <PageShell owner={clinic}>
      <div className="flex flex-col gap-8">
        <div className="flex flex-col gap-2">
          <FocusHeading takeFocus={false}>{t('title')}</FocusHeading>
          <p className="text-lg text-ink-soft">{t('text')}</p>
        </div>
        {join.isPending ? <Skeleton className="h-64" /> : null}
        {isNobody ? <p className="text-lg">{t('noSession')}</p> : null}
        {join.isError && !isNobody ? <TroubleNotice error={join.error} onRetry={() => void join.refetch()} /> : null}
        {join.data && !isNobody ? (
          <>
            <KeystoreGate>{({ pins }) => <Portal pins={pins} />}</KeystoreGate>
            <div className="flex flex-col gap-3">
              <OwnRecordLink />
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
