'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type ReactNode, useCallback, useEffect, useState } from 'react';
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
import { ReadersWords } from '../keystore/readersWords.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { ownTroubleWords } from '../portal/ownTroubleWords.ts';
import { useForgotten } from './useForgotten.ts';

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
  const queries = useQueryClient();
  const [isForgotten, setForgotten] = useState(false);
  const join = useQuery({
    queryKey: ['join', 'who'],
    queryFn: ({ signal }) => readJoin(signal),
    refetchOnWindowFocus: false,
    enabled: !isForgotten,
  });
  const forget = useCallback(() => setForgotten(true), []);
  useForgotten(join.data?.visitId, forget);
  useEffect(() => {
    // Once nothing that is shown reads it any more.
    if (isForgotten) queries.clear();
  }, [isForgotten, queries]);
  const isOver = join.isError && ['unauthenticated', 'forbidden', 'notFound'].includes(faultCode(join.error));
  const isNobody = isForgotten || isOver;
  return (
    <ReadersWords value={ownTroubleWords}>
      <PageShell owner={clinic}>
        <div className="flex flex-col gap-8">
          <div className="flex flex-col gap-2">
            <FocusHeading takeFocus={false}>{t('title')}</FocusHeading>
            <p className="text-lg text-ink-soft">{t('text')}</p>
          </div>
          {join.isPending && !isNobody ? <Skeleton className="h-64" /> : null}
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
    </ReadersWords>
  );
}
