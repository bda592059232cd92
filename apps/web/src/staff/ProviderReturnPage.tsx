'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useEffect, useEffectEvent, useRef } from 'react';
import { sessionQuery, useClinicName } from '../clinic/clinicQueries.ts';
import { buttonLook } from '../components/buttonLook.ts';
import { Notice } from '../components/Notice.tsx';
import { PageShell } from '../components/PageShell.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { Link, useRouter } from '../i18n/navigation.ts';
import { destination } from './destination.ts';
import { handIn, readReturn, takeDeparture } from './providerApi.ts';
import { type ProviderProblem, providerProblem } from './providerProblem.ts';

/** Where the clinic's provider sends people back to: it hands in what that gave, and goes on to where they were. */
export function ProviderReturnPage() {
  const t = useTranslations('signIn.provider');
  const signIn = useTranslations('signIn');
  const clinic = useClinicName();
  const router = useRouter();
  const queries = useQueryClient();
  const isDone = useRef(false);
  const returning = useMutation({
    mutationFn: async () => {
      const from = takeDeparture();
      const given = readReturn(window.location.hash);
      // It is good for one try: nobody finds it in the history.
      window.history.replaceState(window.history.state, '', window.location.pathname);
      if (typeof given === 'string') return given === 'refused' ? 'cancelled' : 'old';
      const session = await handIn(given);
      const to = session === null ? '/sessions/' : destination(session, from?.hash ?? '');
      if (session !== null) {
        queries.clear();
        queries.setQueryData(sessionQuery.queryKey, session);
      }
      router.replace(to, from === null ? {} : { locale: from.locale });
      return null;
    },
  });
  const begin = useEffectEvent(() => {
    if (isDone.current) return;
    isDone.current = true;
    returning.mutate();
  });
  useEffect(() => begin(), []);
  const problem: ProviderProblem | null = returning.isError
    ? providerProblem(returning.error)
    : (returning.data ?? null);
  return (
    <PageShell owner={clinic}>
      <div className="mx-auto flex max-w-md flex-col gap-6 sm:pt-6">
        <h1 className="text-2xl font-semibold tracking-tight sm:text-3xl">
          {problem === null ? t('returned') : signIn('title')}
        </h1>
        {problem === null ? (
          <div role="status">
            <span className="sr-only">{t('waiting')}</span>
            <Skeleton className="h-28" />
          </div>
        ) : (
          <>
            <Notice tone={problem === 'cancelled' ? 'waiting' : 'danger'} title={t(`${problem}.title`)} live>
              {t(`${problem}.text`)}
            </Notice>
            <Link href="/sign-in/" prefetch={false} className={`${buttonLook('secondary')} self-start`}>
              {t('toSignIn')}
            </Link>
          </>
        )}
      </div>
    </PageShell>
  );
}
