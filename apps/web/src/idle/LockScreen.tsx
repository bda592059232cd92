'use client';

import { useQueryClient } from '@tanstack/react-query';
import { LockKeyhole } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useEffect } from 'react';
import { configQuery, sessionQuery, useClinicName } from '../clinic/clinicQueries.ts';
import { FocusHeading } from '../components/FocusHeading.tsx';
import { Notice } from '../components/Notice.tsx';
import { PageShell } from '../components/PageShell.tsx';
import { useDraftHold } from '../notes/draftHold.ts';
import { StaffMenu } from '../staff/StaffMenu.tsx';
import { useSessionLock } from './SessionLock.tsx';
import { UnlockForm } from './UnlockForm.tsx';

const kept: readonly unknown[] = [sessionQuery.queryKey[0], configQuery.queryKey[0]];

/** In the place of all that a page of staff shows, while its session is locked. @param children what goes on meanwhile and says nothing of anybody */
export function LockScreen({ children }: { children?: ReactNode }) {
  const t = useTranslations('lock');
  const clinic = useClinicName();
  const queries = useQueryClient();
  const { hasDraft } = useDraftHold();
  const session = useSessionLock()?.session ?? null;
  useEffect(() => {
    // What the page had read, now that nothing shows it any more.
    queries.removeQueries({ type: 'inactive', predicate: ({ queryKey }) => !kept.includes(queryKey[0]) });
  }, [queries]);
  if (session === null) return null;
  return (
    <PageShell owner={clinic} aside={<StaffMenu name={null} />}>
      <div className="mx-auto flex max-w-md flex-col gap-6 sm:pt-6">
        <div className="flex flex-col gap-2">
          <LockKeyhole aria-hidden className="size-8 text-accent" />
          <FocusHeading>{t('title')}</FocusHeading>
          <p className="font-medium">{t('who', { name: session.staff.name })}</p>
          <p className="text-ink-soft">{t('text', { minutes: Math.round(session.idleLock.afterSeconds / 60) })}</p>
        </div>
        {hasDraft ? <Notice>{t('draft')}</Notice> : null}
        <UnlockForm session={session} />
        {children}
      </div>
    </PageShell>
  );
}
