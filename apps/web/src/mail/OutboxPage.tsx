'use client';

import { useQuery } from '@tanstack/react-query';
import { Mail } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { faultCode } from '../clinic/errors.ts';
import { EmptyState } from '../components/EmptyState.tsx';
import { Notice } from '../components/Notice.tsx';
import { PageTitle } from '../components/PageTitle.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { officerRole } from '../passkeys/officers.ts';
import { holds } from '../staff/heldRoles.ts';
import { StaffPage } from '../staff/StaffPage.tsx';
import { readOutbox } from './mailApi.ts';

/** Messages that would have been sent, where no mail server is set: for privacy officers. */
export function OutboxPage() {
  const t = useTranslations('mail.outbox');
  return (
    <StaffPage>
      {(staff) => (
        <div className="flex flex-col gap-6">
          <PageTitle text={t('text')}>{t('title')}</PageTitle>
          {holds(staff, officerRole) ? <Messages /> : <Notice tone="waiting">{t('officers')}</Notice>}
        </div>
      )}
    </StaffPage>
  );
}

function Messages() {
  const t = useTranslations('mail.outbox');
  const times = useTimes();
  const query = useQuery({
    queryKey: ['outbox'],
    queryFn: ({ signal }) => readOutbox(signal),
    refetchInterval: 5_000,
    retry: false,
  });
  if (query.isPending) return <Skeleton className="h-40" />;
  if (query.isLoadingError) {
    if (faultCode(query.error) === 'notFound') return <Notice>{t('sent')}</Notice>;
    return <TroubleNotice error={query.error} onRetry={() => void query.refetch()} />;
  }
  const { messages } = query.data;
  if (messages.length === 0) {
    return (
      <div className="rounded-lg border border-line bg-surface">
        <EmptyState icon={Mail} title={t('empty.title')} text={t('empty.text')} />
      </div>
    );
  }
  return (
    <ul aria-label={t('list')} className="divide-y divide-line rounded-lg border border-line bg-surface">
      {messages.map(({ at, to, subject, text }) => (
        <li key={`${at} ${to} ${subject}`} className="flex flex-col gap-2 p-4 sm:p-5">
          <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
            <p className="font-semibold break-words">{subject}</p>
            <time dateTime={at} className="text-sm text-ink-soft tabular-nums">
              {times.stamp(new Date(at))}
            </time>
          </div>
          <p className="text-sm text-ink-soft break-all">{t('to', { address: to })}</p>
          <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{text}</p>
        </li>
      ))}
    </ul>
  );
}
