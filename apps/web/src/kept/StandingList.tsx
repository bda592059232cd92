'use client';

import type { PatientId } from '@sotto/protocol/ids';
import type { ComponentProps } from 'react';
import { useId } from 'react';
import { OlderButton } from '../components/OlderButton.tsx';
import { RowList } from '../components/RowList.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';

/** What holds of a patient at present. */
export interface StandingRow {
  readonly key: string;
  readonly patient: PatientId;
  readonly text: string;
}

interface StandingListProps {
  title: string;
  /** Null until something was read. */
  rows: readonly StandingRow[] | null;
  query: ComponentProps<typeof OlderButton>['query'] & {
    readonly isError: boolean;
    readonly error: Error | null;
    readonly isPending: boolean;
    refetch(): Promise<unknown>;
  };
  empty: ComponentProps<typeof RowList>['empty'];
}

/** Patients of whom something holds, each with the way to their page. */
export function StandingList({ title, rows, query, empty }: StandingListProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="flex flex-col gap-4">
      <h2 id={id} className="text-xl font-semibold tracking-tight">
        {title}
      </h2>
      {query.isError ? <TroubleNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending ? <Skeleton className="h-24" /> : null}
      {rows === null ? null : (
        <RowList rows={rows} empty={empty}>
          {({ key, patient, text }) => (
            <li key={key} className="flex flex-wrap items-center justify-between gap-x-5 gap-y-1 p-4">
              <a href={`#patient=${patient}`} className="inline-flex min-h-11 items-center break-all text-accent">
                {patient}
              </a>
              <span className="text-sm text-ink-soft tabular-nums">{text}</span>
            </li>
          )}
        </RowList>
      )}
      <OlderButton query={query} />
    </section>
  );
}
