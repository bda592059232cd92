'use client';

import type { Enrolment } from '@sotto/protocol/keystore';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { Skeleton } from '../components/Skeleton.tsx';
import { checkCodeOf } from '../keystore/checkCode.ts';

/** The number that two people compare, in groups that can be read aloud. */
export function CheckCode({ enrolment }: { enrolment: Enrolment }) {
  const t = useTranslations('passkeys');
  const code = useQuery({
    queryKey: ['checkCode', enrolment.entry.credential, enrolment.requestedAt],
    queryFn: () => checkCodeOf(enrolment),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (!code.data) return <Skeleton className="h-16" />;
  return (
    <div className="flex flex-col gap-1 rounded-lg bg-sunken p-4">
      <p className="text-sm text-ink-soft">{t('code')}</p>
      <p data-check-code={code.data} className="flex flex-wrap gap-x-3 text-2xl font-semibold tabular-nums">
        {code.data.split('-').map((group, index, groups) => (
          // Two groups may be the same digits: their place tells them apart.
          // biome-ignore lint/suspicious/noArrayIndexKey: the groups never move
          <span key={index}>
            {group}
            {index < groups.length - 1 ? <span className="ps-3 text-ink-soft">-</span> : null}
          </span>
        ))}
      </p>
    </div>
  );
}
