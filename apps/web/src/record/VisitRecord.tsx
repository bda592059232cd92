'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import type { VisitId } from '@sotto/protocol/ids';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { NotebookPen } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { visitQuery } from '../clinic/clinicQueries.ts';
import { Button } from '../components/Button.tsx';
import { EmptyState } from '../components/EmptyState.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { Link } from '../i18n/navigation.ts';
import { useTimes } from '../i18n/useTimes.ts';
import { objectQuery, objectsQuery } from '../keystore/keystoreQueries.ts';
import { staffReadsFor } from '../keystore/phiRequest.ts';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { LazyNoteEditor } from '../notes/LazyNoteEditor.tsx';
import { useNoteDesk } from '../notes/useNoteDesk.ts';
import { PatientRequests } from '../patientAccess/PatientRequests.tsx';
import { RecordingCard } from '../player/RecordingCard.tsx';
import { notesIn, recordingsIn } from '../player/recordings.ts';
import { SealedNoteCard } from './SealedNoteCard.tsx';

interface VisitRecordProps {
  visit: VisitId;
  staff: StaffSession['staff'];
  pins: Pins;
}

/** A visit's notes, sealed; and a new one. */
export function VisitRecord({ visit, staff, pins }: VisitRecordProps) {
  const t = useTranslations('record');
  const times = useTimes();
  const queries = useQueryClient();
  const facts = useQuery(visitQuery(visit));
  const list = useQuery(objectsQuery(visit));
  const { desk, hasDraft } = useNoteDesk(visit, staff.id);
  const [isWriting, setWriting] = useState(false);
  const notes = notesIn(list.data?.objects ?? []);
  const recordings = recordingsIn(list.data?.objects ?? []);
  const patient = list.data?.objects[0]?.pseudonym;
  const recording = useTranslations('playback');
  if (facts.isLoadingError) return <TroubleNotice error={facts.error} onRetry={() => void facts.refetch()} />;
  return (
    <div className="flex flex-col gap-6">
      {facts.data ? (
        <div className="flex flex-col gap-1">
          <h1 className="text-2xl font-semibold tracking-tight break-words sm:text-3xl">
            {t('title', { name: facts.data.patient.name })}
          </h1>
          <p className="text-ink-soft first-letter:uppercase">{times.dayAndTime(new Date(facts.data.startsAt))}</p>
        </div>
      ) : (
        <Skeleton className="h-16 w-3/5" />
      )}
      {staff.resting === null ? <PatientRequests visit={visit} staff={staff.id} pins={pins} /> : null}
      {list.isError ? <TroubleNotice error={list.error} onRetry={() => void list.refetch()} /> : null}
      {list.isPending ? <Skeleton className="h-40" /> : null}
      {list.data ? (
        notes.length === 0 ? (
          <div className="rounded-lg border border-line bg-surface">
            <EmptyState icon={NotebookPen} title={t('empty.title')} text={t('empty.text')} />
          </div>
        ) : (
          <ul aria-label={t('list')} className="flex flex-col gap-4">
            {notes.map((summary) => (
              <SealedNoteCard
                key={summary.object}
                summary={summary}
                staff={staff}
                pins={pins}
                visit={visit}
                hasLink
                load={() => queries.query({ ...objectQuery(summary.object, staffReadsFor(staff)), staleTime: 0 })}
              />
            ))}
          </ul>
        )
      ) : null}
      {recordings.length > 0 ? (
        <section aria-labelledby="recordings" className="flex flex-col gap-4">
          <h2 id="recordings" className="text-lg font-semibold">
            {recording('list')}
          </h2>
          <ul className="flex flex-col gap-4">
            {recordings.map((listed) => (
              <RecordingCard
                key={listed.recording}
                listed={listed}
                staff={staff}
                patient={facts.data?.patient.name ?? null}
                pins={pins}
              />
            ))}
          </ul>
        </section>
      ) : null}
      {isWriting || hasDraft ? (
        <section
          aria-labelledby="new-note"
          className="flex flex-col gap-4 rounded-lg border border-line bg-surface p-5"
        >
          <h2 id="new-note" className="text-lg font-semibold">
            {t('write')}
          </h2>
          <LazyNoteEditor desk={desk} staff={staff.id} />
        </section>
      ) : staff.resting === null ? (
        <div>
          <Button look="secondary" onPress={() => setWriting(true)} wide>
            <NotebookPen aria-hidden className="size-5" />
            {t('write')}
          </Button>
        </div>
      ) : null}
      {patient && staff.resting === null ? (
        <Link
          href={`/access-log/#patient=${patient}`}
          prefetch={false}
          className="inline-flex min-h-11 items-center self-start text-accent"
        >
          {t('whoOpened')}
        </Link>
      ) : null}
    </div>
  );
}
