'use client';

import type { Enrolment } from '@sotto/protocol/keystore';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { Fragment } from 'react';
import { Skeleton } from '../components/Skeleton.tsx';
import { checkCodeQuery } from '../keystore/checkCode.ts';

/** The number that two people compare, in groups that can be read aloud. */
export function CheckCode({ enrolment }: { enrolment: Enrolment }) {
  const t = useTranslations('passkeys');
  const code = useQuery(checkCodeQuery(enrolment));
  if (!code.data) return <Skeleton className="h-16" />;
  return (
    <div className="flex flex-col gap-1 rounded-lg bg-sunken p-4">
      <p className="text-sm text-ink-soft">{t('code')}</p>
      <p data-check-code={code.data} className="text-xl font-semibold tracking-wide tabular-nums sm:text-2xl">
        {code.data.split('-').map((group, index, groups) => (
          // Two groups may be the same digits: their place tells them apart, and they never move.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <Fragment key={index}>
            <span className="whitespace-nowrap">
              {group}
              {index < groups.length - 1 ? <span className="px-0.5 text-ink-soft">-</span> : null}
            </span>
            <wbr />
          </Fragment>
        ))}
      </p>
    </div>
  );
}
