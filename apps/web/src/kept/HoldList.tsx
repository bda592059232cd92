'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import { Scale } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useTimes } from '../i18n/useTimes.ts';
import { holdsQuery } from './keptQueries.ts';
import { StandingList } from './StandingList.tsx';

/** Everybody under legal hold. */
export function HoldList() {
  const t = useTranslations('kept.holds');
  const times = useTimes();
  const query = useInfiniteQuery(holdsQuery);
  const rows = query.data?.pages.flatMap(({ holds }) =>
    holds.map(({ pseudonym, placedAt }) => ({
      ...{ key: pseudonym, patient: pseudonym },
      text: t('since', { when: times.stamp(new Date(placedAt)) }),
    })),
  );
  return (
    <StandingList
      title={t('title')}
      rows={rows ?? null}
      query={query}
      empty={{ icon: Scale, title: t('empty.title'), text: t('empty.text') }}
    />
  );
}
