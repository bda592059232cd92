'use client';

import type { Visit } from '@sotto/protocol/clinic';
import { CalendarDays, Link2, NotebookPen, Video } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { Badge } from '../components/Badge.tsx';
import { Button } from '../components/Button.tsx';
import { buttonLook } from '../components/buttonLook.ts';
import { EmptyState } from '../components/EmptyState.tsx';
import { LazyGuestSection } from '../guests/LazyGuestSection.tsx';
import { Link } from '../i18n/navigation.ts';
import { useTimes } from '../i18n/useTimes.ts';
import { visitRecord } from '../record/recordAddress.ts';
import { InvitationDialog } from './InvitationDialog.tsx';
import { hasRecord, isUpcoming, startOf } from './visitState.ts';

interface VisitListProps {
  visits: readonly Visit[];
  now: Date;
  /** The button that makes a visit, offered where there is none. */
  create: ReactNode;
}

/** Whether the patient has a link that opens nothing until somebody sees to it. */
const isShut = ({ invitation: { state } }: Visit) => state === 'locked' || state === 'undated';

/** The day's visits by time. */
export function VisitList({ visits, now, create }: VisitListProps) {
  const t = useTranslations('today');
  const [invited, setInvited] = useState<Visit | null>(null);
  const sorted = [...visits].sort((a, b) => startOf(a).getTime() - startOf(b).getTime());
  // The dialog shows what the list knows now, not what it knew when it was opened.
  const current = invited && (visits.find((visit) => visit.id === invited.id) ?? invited);
  return (
    <section aria-label={t('visits')} className="rounded-lg border border-line bg-surface">
      {sorted.length === 0 ? (
        <EmptyState icon={CalendarDays} title={t('empty.title')} text={t('empty.text')} action={create} />
      ) : (
        <ul className="divide-y divide-line">
          {sorted.map((visit) => (
            <VisitRow key={visit.id} visit={visit} now={now} onInvite={() => setInvited(visit)} />
          ))}
        </ul>
      )}
      {current ? (
        <InvitationDialog
          visit={current}
          guests={<LazyGuestSection visit={current} snapshot={null} onPutOut={null} />}
          onClose={() => setInvited(null)}
        />
      ) : null}
    </section>
  );
}

function VisitRow({ visit, now, onInvite }: { visit: Visit; now: Date; onInvite: () => void }) {
  const t = useTranslations('today');
  const times = useTimes();
  const start = startOf(visit);
  return (
    <li className="flex flex-wrap items-center gap-x-5 gap-y-3 p-4 sm:p-5">
      <time dateTime={visit.startsAt} className="w-24 shrink-0 text-lg font-semibold whitespace-nowrap tabular-nums">
        {times.time(start)}
      </time>
      <div className="min-w-40 flex-1">
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span className="text-lg font-medium break-words">{visit.patient.name}</span>
          {visit.status === 'scheduled' ? null : (
            <Badge tone={visit.status === 'open' ? 'accent' : 'neutral'}>{t(`status.${visit.status}`)}</Badge>
          )}
        </p>
        <p className="text-sm text-ink-soft">
          {t('minutes', { minutes: visit.minutes })}
          {isUpcoming(visit) ? (
            <>
              <span aria-hidden> · </span>
              <span className={isShut(visit) ? 'font-medium text-danger' : undefined}>
                {visit.invitation.state === 'active'
                  ? t('invitation.active', { when: times.fromNow(new Date(visit.invitation.expiresAt), now) })
                  : t(`invitation.${visit.invitation.state}`)}
              </span>
            </>
          ) : null}
        </p>
      </div>
      {hasRecord(visit) ? (
        <Link
          href={visitRecord(visit.id)}
          prefetch={false}
          aria-label={t('notesOf', { name: visit.patient.name })}
          className={buttonLook('quiet')}
        >
          <NotebookPen aria-hidden className="size-5" />
          {t('notes')}
        </Link>
      ) : null}
      {isUpcoming(visit) ? (
        <div className="flex w-full gap-2 sm:w-auto">
          <Button look="quiet" onPress={onInvite} aria-label={t('linkFor', { name: visit.patient.name })}>
            <Link2 aria-hidden className="size-5" />
            {t('link')}
          </Button>
          <Link
            href={`/visit/#${visit.id}`}
            prefetch={false}
            aria-label={t(visit.status === 'open' ? 'returnTo' : 'startWith', { name: visit.patient.name })}
            className={`${buttonLook('secondary')} flex-1`}
          >
            <Video aria-hidden className="size-5" />
            {t(visit.status === 'open' ? 'return' : 'start')}
          </Link>
        </div>
      ) : null}
    </li>
  );
}
