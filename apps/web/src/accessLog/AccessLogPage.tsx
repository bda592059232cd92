'use client';

import { useTranslations } from 'next-intl';
import { useSyncExternalStore } from 'react';
import { PageShell } from '../components/PageShell.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { StaffPage } from '../staff/StaffPage.tsx';
import { parseLogAddress } from './logAddress.ts';
import { PatientLog } from './PatientLog.tsx';
import { StaffLog } from './StaffLog.tsx';

function onHashChange(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

/** Who opened what: for staff, and for patients their own. */
export function AccessLogPage() {
  const hash = useSyncExternalStore<string | null>(
    onHashChange,
    () => window.location.hash,
    () => null,
  );
  // Before the page is alive nobody knows whose it is.
  if (hash === null) return <Unknown />;
  const address = parseLogAddress(hash);
  if (address.of === 'mine') return <PatientLog />;
  const followed = address.of === 'staff' ? null : address;
  return <StaffPage>{(staff) => <StaffLog key={hash} staff={staff} followed={followed} />}</StaffPage>;
}

function Unknown() {
  const t = useTranslations('log');
  return (
    <PageShell>
      <div role="status" className="flex flex-col gap-4">
        <span className="sr-only">{t('loading')}</span>
        <Skeleton className="h-9 w-3/5" />
        <Skeleton className="h-64" />
      </div>
    </PageShell>
  );
}
