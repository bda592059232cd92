'use client';

import type { Visit } from '@sotto/protocol/clinic';
import { useQuery } from '@tanstack/react-query';
import { UserPlus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useId, useState } from 'react';
import type { VisitSnapshot } from '../call/contract.ts';
import { guestsQuery } from '../clinic/clinicQueries.ts';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { GuestDialog } from './GuestDialog.tsx';
import { GuestRow, type PutOut } from './GuestRow.tsx';
import { listed, whereaboutsIn } from './guestLeave.ts';

export interface GuestSectionProps {
  visit: Visit;
  /** Who is there; null outside of the visit. */
  snapshot: Pick<VisitSnapshot, 'people' | 'waiting'> | null;
  onPutOut: PutOut;
}

/** Whom the physician has invited besides the patient, and the way to invite more. */
export function GuestSection({ visit, snapshot, onPutOut }: GuestSectionProps) {
  const t = useTranslations('guests');
  const id = useId();
  const [isInviting, setInviting] = useState(false);
  const query = useQuery(guestsQuery(visit.id));
  const whereabouts = whereaboutsIn(snapshot);
  const guests = listed(query.data?.guests ?? [], whereabouts);
  return (
    <section aria-labelledby={id} className="flex flex-col gap-3">
      <h3 id={id} className="text-sm font-medium text-ink-soft">
        {t('title')}
      </h3>
      {query.isPending ? <Skeleton className="h-12" /> : null}
      {query.isError ? (
        <Notice
          tone="danger"
          title={t('unread.title')}
          actions={
            <Button look="secondary" onPress={() => void query.refetch()}>
              {t('unread.again')}
            </Button>
          }
        />
      ) : null}
      {query.isSuccess && guests.length === 0 ? <p className="text-ink-soft">{t('none')}</p> : null}
      {guests.length > 0 ? (
        <ul className="divide-y divide-line">
          {guests.map((guest) => (
            <GuestRow
              key={guest.participantId}
              visit={visit}
              guest={guest}
              whereabouts={whereabouts(guest.participantId)}
              onPutOut={onPutOut}
            />
          ))}
        </ul>
      ) : null}
      <div>
        <Button look="secondary" onPress={() => setInviting(true)}>
          <UserPlus aria-hidden className="size-5" />
          {t('invite')}
        </Button>
      </div>
      {isInviting ? <GuestDialog visit={visit} onClose={() => setInviting(false)} /> : null}
    </section>
  );
}
