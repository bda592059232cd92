'use client';

import type { Visit } from '@sotto/protocol/clinic';
import { Video } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { buttonLook } from '../components/buttonLook.ts';
import { Link } from '../i18n/navigation.ts';
import { useTimes } from '../i18n/useTimes.ts';
import { nextVisit, startOf } from './visitState.ts';

interface NextVisitProps {
  visits: readonly Visit[];
  now: Date;
  isToday: boolean;
}

/** The next visit, one press away. */
export function NextVisit({ visits, now, isToday }: NextVisitProps) {
  const t = useTranslations('today');
  const times = useTimes();
  const next = isToday ? nextVisit(visits, now) : null;
  if (!next) return null;
  return (
    <section
      aria-labelledby="next-visit"
      className="flex flex-col gap-4 rounded-lg border border-line bg-surface p-5 max-lg:order-first"
    >
      <div className="flex flex-col gap-1">
        <h2 id="next-visit" className="text-sm font-medium text-ink-soft">
          {t(next.status === 'open' ? 'next.open' : 'next.title')}
        </h2>
        <p className="text-xl font-semibold tracking-tight break-words">{next.patient.name}</p>
        <p className="text-ink-soft">
          <span className="tabular-nums">{times.time(startOf(next))}</span>
          <span aria-hidden> · </span>
          {times.fromNow(startOf(next), now)}
        </p>
      </div>
      <Link href={`/visit/#${next.id}`} prefetch={false} className={`${buttonLook('primary')} w-full`}>
        <Video aria-hidden className="size-5" />
        {t(next.status === 'open' ? 'return' : 'start')}
      </Link>
      <p className="text-sm text-ink-soft">{t('next.hint')}</p>
    </section>
  );
}
