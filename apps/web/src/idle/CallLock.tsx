'use client';

import { LockKeyhole } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useSessionLock } from './SessionLock.tsx';
import { UnlockForm } from './UnlockForm.tsx';

/** In a visit, in the place of the line with the patient's name, while the session is locked: nothing of it covers the pictures. */
export function CallLock() {
  const t = useTranslations('lock');
  const session = useSessionLock()?.session ?? null;
  if (session === null) return null;
  return (
    <section
      aria-label={t('callTitle')}
      className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 border-b border-line bg-surface px-4 py-3"
    >
      <div role="status" className="flex min-w-60 flex-1 items-start gap-3">
        <LockKeyhole aria-hidden className="mt-0.5 size-5 shrink-0 text-accent" />
        <div>
          <h1 className="font-semibold">{t('callTitle')}</h1>
          <p className="text-sm text-ink-soft">{t('callText')}</p>
        </div>
      </div>
      <div className="w-full sm:w-auto">
        <UnlockForm session={session} isShort />
      </div>
    </section>
  );
}
