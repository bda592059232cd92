'use client';

import { openTimesIn } from '@sotto/audit';
import type { StaffId } from '@sotto/protocol/ids';
import { ScrollText } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { EmptyState } from '../components/EmptyState.tsx';
import { OlderButton } from '../components/OlderButton.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { useNow } from '../i18n/useNow.ts';
import type { About } from '../keystore/keystoreApi.ts';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import type { PatientKey } from '../portal/patientKeys.ts';
import { EntryRow, type LogNames } from './EntryRow.tsx';
import { onePatientOf, openOf } from './entryState.ts';
import { LogSummary } from './LogSummary.tsx';
import { LogTools } from './LogTools.tsx';
import { exportOf, type SaveFormat } from './logExport.ts';
import { noFilter, passes } from './logFilter.ts';
import { worstOf } from './ownReading.ts';
import { saveFile } from './saveFile.ts';
import { useEntries } from './useEntries.ts';

interface EntryListProps {
  about: About;
  pins: Pins;
  /** Who reads; null for the patient themselves. */
  reader: StaffId | null;
  /** Of a patient who reads: whom this browser knows as its own, and by which key. */
  ownKeys?: readonly PatientKey[];
  /** Whether the reader keeps patients' keys: an officer. */
  keepsKeys?: boolean;
}

/** The log, newest first, each line with what was found of it. */
export function EntryList({ about, pins, reader, ownKeys = [], keepsKeys = false }: EntryListProps) {
  const t = useTranslations('log');
  const query = useEntries(about, reader, pins);
  const [filter, setFilter] = useState(noFilter);
  const now = useNow(600_000);
  const isOwn = reader === null;
  if (query.isPending) {
    return (
      <div role="status" className="flex flex-col gap-3">
        <span className="sr-only">{t('loading')}</span>
        <Skeleton className="h-16" />
        <Skeleton className="h-64" />
      </div>
    );
  }
  const pages = query.data?.pages ?? [];
  const entries = pages.flatMap((page) => page.entries);
  const nameIn = (list: readonly { readonly id: string; readonly name: string }[]) => {
    const byId = new Map(list.map(({ id, name }) => [id, name]));
    return (id: string) => byId.get(id) ?? null;
  };
  const found = worstOf(pages.map((page) => page.found));
  const patient = onePatientOf(entries);
  const ownKey = ownKeys.find(({ pseudonym }) => pseudonym === patient) ?? null;
  const names: LogNames = {
    keepsKeys,
    person: nameIn(pages.flatMap((page) => page.people)),
    patient: nameIn(pages.flatMap((page) => page.patients)),
    you: ownKey?.pseudonym ?? null,
  };
  const open = openTimesIn(entries.flatMap(({ verdict }) => (verdict.tag === 'proven' ? [verdict.entry] : [])));
  const shown = entries.filter((checked) => passes(checked, filter));
  const save = (format: SaveFormat) => {
    const name = about.of === 'platform' ? 'platform-log' : 'access-log';
    const { extension, type, text } = exportOf(format, shown, {
      nameOf: (id) => names.person(id) ?? names.patient(id),
      at: new Date(),
      open,
    });
    saveFile(`${name}.${extension}`, type, text);
  };
  return (
    <div className="flex flex-col gap-5">
      {query.isError ? <TroubleNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
      {entries.length > 0 ? (
        <LogSummary entries={entries} about={about} found={found} ownKey={ownKey} isWhole={!query.hasNextPage} />
      ) : null}
      {query.data && entries.length === 0 ? (
        <div className="rounded-lg border border-line bg-surface">
          <EmptyState
            icon={ScrollText}
            title={t(isOwn ? 'emptyOwn.title' : 'empty.title')}
            text={t(isOwn ? 'emptyOwn.text' : 'empty.text')}
          />
        </div>
      ) : null}
      {entries.length > 0 ? (
        <LogTools
          isPlatform={about.of === 'platform'}
          filter={filter}
          onFilter={setFilter}
          shown={shown}
          read={entries.length}
          isWhole={!query.hasNextPage}
          onSave={save}
        />
      ) : null}
      {shown.length > 0 ? (
        <ol
          aria-label={t('list')}
          className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface"
        >
          {shown.map((checked, position) => (
            <EntryRow
              // A line that can't be read has no place of its own.
              key={checked.index ?? `unreadable-${position}`}
              checked={checked}
              names={names}
              open={openOf(checked, open)}
              now={now.getTime()}
            />
          ))}
        </ol>
      ) : null}
      <OlderButton query={query} />
      {query.data && !query.hasNextPage && entries.length > 0 ? (
        <p className="text-sm text-ink-soft">{t('end')}</p>
      ) : null}
    </div>
  );
}
