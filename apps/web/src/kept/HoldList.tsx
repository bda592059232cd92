'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import { Scale } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { OlderButton } from '../components/OlderButton.tsx';
import { RowList } from '../components/RowList.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { holdsQuery } from './keptQueries.ts';

/** Everybody under legal hold. */
export function HoldList() {
  const t = useTranslations('kept.holds');
  const times = useTimes();
  const query = useInfiniteQuery(holdsQuery);
  const holds = query.data?.pages.flatMap((page) => page.holds) ?? [];
  return (
    <section aria-labelledby="holds-title" className="flex flex-col gap-4">
      <h2 id="holds-title" className="text-xl font-semibold tracking-tight">
        {t('title')}
      </h2>
      {query.isError ? <TroubleNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending ? <Skeleton className="h-24" /> : null}
      {query.data ? (
        <RowList rows={holds} empty={{ icon: Scale, title: t('empty.title'), text: t('empty.text') }}>
          {({ pseudonym, placedAt }) => (
            <li key={pseudonym} className="flex flex-wrap items-center justify-between gap-x-5 gap-y-1 p-4">
              <a href={`#patient=${pseudonym}`} className="inline-flex min-h-11 items-center break-all text-accent">
                {pseudonym}
              </a>
              <span className="text-sm text-ink-soft tabular-nums">
                {t('since', { when: times.stamp(new Date(placedAt)) })}
              </span>
            </li>
          )}
        </RowList>
      ) : null}
      <OlderButton query={query} />
    </section>
  );
}
