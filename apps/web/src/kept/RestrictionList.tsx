'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import { Ban } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useTimes } from '../i18n/useTimes.ts';
import type { Pins } from '../keystore/pins.ts';
import { restrictionsQuery } from './keptQueries.ts';
import { StandingList } from './StandingList.tsx';

/** Everything that nobody opens at present. */
export function RestrictionList({ pins }: { pins: Pins }) {
  const t = useTranslations('kept.restrictions');
  const times = useTimes();
  const query = useInfiniteQuery(restrictionsQuery(pins));
  const rows = query.data?.pages.flatMap(({ restrictions }) =>
    restrictions.map(({ pseudonym, object, since, hash }) => ({
      ...{ key: hash, patient: pseudonym },
      text: t(object === null ? 'all' : 'one', { when: times.stamp(since) }),
    })),
  );
  return (
    <StandingList
      title={t('title')}
      rows={rows ?? null}
      query={query}
      empty={{ icon: Ban, title: t('empty.title'), text: t('empty.text') }}
    />
  );
}
