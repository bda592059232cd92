'use client';

import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { readJoin } from '../clinic/clinicApi.ts';
import { useClinicName } from '../clinic/clinicQueries.ts';
import { faultCode } from '../clinic/errors.ts';
import { buttonLook } from '../components/buttonLook.ts';
import { FocusHeading } from '../components/FocusHeading.tsx';
import { PageShell } from '../components/PageShell.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { Link } from '../i18n/navigation.ts';
import { KeystoreGate } from '../keystore/KeystoreGate.tsx';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';

interface PatientPageProps {
  /** Which words: the title, what the page is for, and what to do without a session. */
  words: 'portal' | 'log.mine';
  /** The way to the patient's other page. */
  other: ReactNode;
  children: (pins: Pins) => ReactNode;
}

/** A page for the patient whose link was opened in this browser: what is inside shows only with a session and a known keystore. */
export function PatientPage({ words, other, children }: PatientPageProps) {
  const t = useTranslations(words);
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
            <KeystoreGate>{({ pins }) => children(pins)}</KeystoreGate>
            <div className="flex flex-col gap-3">
              {other}
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
