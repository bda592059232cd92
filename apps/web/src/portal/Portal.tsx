'use client';

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { FileText } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Disclosure } from '../components/Disclosure.tsx';
import { EmptyState } from '../components/EmptyState.tsx';
import { OlderButton } from '../components/OlderButton.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import type { Pins } from '../keystore/pins.ts';
import { restrictedAmong } from '../keystore/restrictions.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { notesIn, recordingsIn } from '../player/recordings.ts';
import { KeySetup } from './KeySetup.tsx';
import { OwnKeys } from './OwnKeys.tsx';
import { OwnNoteCard } from './OwnNoteCard.tsx';
import { OwnNotices } from './OwnNotices.tsx';
import { OwnPageAddress } from './OwnPageAddress.tsx';
import { OwnRecordingCard } from './OwnRecordingCard.tsx';
import { OwnSessions } from './OwnSessions.tsx';
import { endsShowing, newestObjectsQuery, ownObjectsQuery, portalQuery } from './portalQuery.ts';

/** What is kept about the patient who reads, the keys that open it, and how to get one. */
export function Portal({ pins }: { pins: Pins }) {
  const t = useTranslations('portal');
  const recording = useTranslations('playback');
  const query = useQuery(portalQuery(pins));
  const written = useInfiniteQuery(ownObjectsQuery);
  useQuery({ ...newestObjectsQuery, enabled: written.isSuccess });
  const objects = written.data?.pages.flatMap((page) => page.objects) ?? [];
  const notes = notesIn(objects);
  const recordings = recordingsIn(objects);
  if (query.isPending) {
    return (
      <div role="status" className="flex flex-col gap-4">
        <span className="sr-only">{t('loading')}</span>
        <Skeleton className="h-28" />
        <Skeleton className="h-40" />
      </div>
    );
  }
  const ending = [query.error, written.error].find(endsShowing);
  if (query.isLoadingError || ending) {
    return <TroubleNotice error={ending ?? query.error} onRetry={() => void query.refetch()} />;
  }
  const { patient, visit, keys, signed, restrictions } = query.data;
  return (
    <div className="flex flex-col gap-10">
      <section aria-labelledby="own-notes" className="flex flex-col gap-4">
        <h2 id="own-notes" className="text-xl font-semibold tracking-tight">
          {t('notes')}
        </h2>
        {written.isError ? <TroubleNotice error={written.error} onRetry={() => void written.refetch()} /> : null}
        {written.isPending ? <Skeleton className="h-28" /> : null}
        {written.data && notes.length === 0 ? (
          <div className="rounded-lg border border-line bg-surface">
            <EmptyState icon={FileText} title={t('empty.title')} text={t('empty.text')} />
          </div>
        ) : null}
        {notes.length > 0 ? (
          <ul className="flex flex-col gap-4">
            {notes.map((summary) => (
              <OwnNoteCard
                key={summary.object}
                {...{ summary, keys, signed, pins }}
                restricted={restrictedAmong(restrictions, [summary.object])}
              />
            ))}
          </ul>
        ) : null}
        <OlderButton query={written} />
      </section>
      {recordings.length > 0 ? (
        <section aria-labelledby="own-recordings" className="flex flex-col gap-4">
          <h2 id="own-recordings" className="text-xl font-semibold tracking-tight">
            {recording('list')}
          </h2>
          <ul className="flex flex-col gap-4">
            {recordings.map((listed) => (
              <OwnRecordingCard
                key={listed.recording}
                {...{ listed, patient, keys, signed, pins }}
                restricted={restrictedAmong(
                  restrictions,
                  listed.objects.map(({ object }) => object),
                )}
              />
            ))}
          </ul>
        </section>
      ) : null}
      <section aria-labelledby="own-keys" className="flex flex-col gap-4">
        <div className="flex flex-col gap-1">
          <h2 id="own-keys" className="text-xl font-semibold tracking-tight">
            {t('keys')}
          </h2>
          <p className="text-ink-soft">{t(keys.length > 0 ? 'keysText' : 'keysNone')}</p>
        </div>
        {keys.length > 0 ? <OwnKeys keys={keys} /> : null}
        {keys.length > 0 ? <OwnPageAddress /> : null}
        {visit === null ? (
          <p className="text-ink-soft">{t('setupInVisit')}</p>
        ) : (
          <KeySetup key={patient.id} patient={patient} visit={visit} keys={keys} pins={pins} />
        )}
        <Disclosure title={t('lost.title')}>
          <ul className="flex list-disc flex-col gap-2 ps-5 text-ink-soft">
            <li>{t('lost.other')}</li>
            <li>{t('lost.visit')}</li>
            <li>{t('lost.assist')}</li>
            <li>{t('lost.stolen')}</li>
          </ul>
        </Disclosure>
      </section>
      <OwnNotices />
      <OwnSessions />
    </div>
  );
}
