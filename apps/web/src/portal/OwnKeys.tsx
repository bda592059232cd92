'use client';

import { FileKey2, KeyRound } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Badge } from '../components/Badge.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import type { ListedKey } from './patientKeys.ts';

/** The patient's keys that work, or will. */
export function OwnKeys({ keys }: { keys: readonly ListedKey[] }) {
  const t = useTranslations('portal.key');
  const times = useTimes();
  return (
    <ul aria-label={t('list')} className="divide-y divide-line rounded-lg border border-line bg-surface">
      {keys.map((key) => {
        const { isActive: isNow } = key;
        const Icon = key.kind === 'passkey' ? KeyRound : FileKey2;
        return (
          <li key={key.credential} className="flex flex-wrap items-center gap-x-4 gap-y-2 p-4 sm:p-5">
            <Icon aria-hidden className="size-5 shrink-0 text-accent" />
            <div className="min-w-40 flex-1">
              <p className="font-semibold">{t(key.kind, { end: key.credential.slice(-4) })}</p>
              <p className="text-sm text-ink-soft">
                {isNow
                  ? t('since', { when: times.stamp(new Date(key.enrolledAt)) })
                  : t('from', { when: times.stamp(new Date(key.activeFrom)) })}
              </p>
            </div>
            <Badge tone={isNow ? 'accent' : 'waiting'}>{t(isNow ? 'works' : 'waits')}</Badge>
          </li>
        );
      })}
    </ul>
  );
}
