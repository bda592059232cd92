'use client';

import type { StaffId } from '@sotto/protocol/ids';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import { noticesQuery } from '../keystore/keystoreQueries.ts';
import { personNames } from '../keystore/names.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { isGraveNotice, mostUrgentFirst, noticeWords, type ShownNotice } from './noticeWords.ts';
import { lastSeenNotice, rememberNotice } from './seenNotices.ts';

/** More than this only where it is grave: the rest is in the log. */
const mostShown = 5;

/** What an officer is to be told at once, until they put it aside. */
export function OfficerNotices({ staff }: { staff: StaffId }) {
  const t = useTranslations('notices');
  const [seen, setSeen] = useState(() => lastSeenNotice(staff));
  const query = useQuery(noticesQuery(seen));
  const nameOf = personNames(query.data?.people ?? []);
  const times = useTimes();
  if (query.isLoadingError)
    return <TroubleNotice error={query.error} words="noNotices" onRetry={() => void query.refetch()} />;
  const notices = query.data?.notices ?? [];
  if (notices.length === 0) return null;
  const sorted = mostUrgentFirst(notices);
  const isGrave = sorted.some(isGraveNotice);
  const shown = sorted.filter((notice, place) => place < mostShown || isGraveNotice(notice));
  const hidden = sorted.length - shown.length;
  const last = Math.max(...notices.map(({ id }) => id));
  const who = ({ subject }: ShownNotice) => (subject === null ? t('keystore') : nameOf(subject));
  return (
    <Notice
      tone={isGrave ? 'danger' : 'waiting'}
      title={t('title', { count: notices.length })}
      live
      actions={
        <Button
          look="secondary"
          onPress={() => {
            rememberNotice(staff, last);
            setSeen(last);
          }}
        >
          {t('seen')}
        </Button>
      }
    >
      <ul className="flex flex-col gap-2">
        {shown.map((notice) => (
          <li key={notice.id}>
            <span className={isGraveNotice(notice) ? 'font-semibold text-ink' : ''}>
              {t(`kind.${noticeWords(notice)}`, { who: who(notice) })}
            </span>
            <span className="block text-sm tabular-nums">
              {times.stamp(new Date(notice.at))}
              {notice.index === null ? null : ` · ${t('place', { index: notice.index })}`}
            </span>
          </li>
        ))}
      </ul>
      {hidden > 0 ? <p>{t('more', { count: hidden })}</p> : null}
    </Notice>
  );
}
