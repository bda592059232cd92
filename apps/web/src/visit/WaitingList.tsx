'use client';

import { useTranslations } from 'next-intl';
import type { WaitingPerson } from '../call/contract.ts';
import { Button } from '../components/Button.tsx';
import { useExpectedName, useGuestBook } from '../guests/guestBook.ts';
import { useNow } from '../i18n/useNow.ts';
import { useTimes } from '../i18n/useTimes.ts';
import type { CallActions } from './callActions.ts';
import type { VisitFacts } from './visitFacts.ts';

interface WaitingListProps {
  waiting: readonly WaitingPerson[];
  facts: VisitFacts;
  actions: CallActions;
}

/** Those in the waiting room, under the names that the clinic has for their links. */
export function WaitingList({ waiting, facts, actions }: WaitingListProps) {
  const t = useTranslations('call.people');
  const guests = useTranslations('guests');
  const book = useGuestBook();
  const expectedName = useExpectedName(facts);
  const times = useTimes();
  const now = useNow(10_000);
  return (
    <ul className="flex flex-col gap-3">
      {waiting.map(({ participantId, since }) => {
        const name = expectedName(participantId) ?? t('someone');
        const guest = book.get(participantId);
        const minutes = Math.max(0, Math.floor((now.getTime() - since) / 60_000));
        return (
          <li key={participantId} className="rounded-lg border border-waiting-line bg-waiting-soft p-4 text-ink">
            <p className="font-semibold break-words">{name}</p>
            {guest ? (
              <p className="text-sm">
                {guests(`kind.${guest.kind}`)}
                {guest.endsAt === null ? null : (
                  <>
                    <span aria-hidden> · </span>
                    {guests('until', { time: times.time(new Date(guest.endsAt)) })}
                  </>
                )}
              </p>
            ) : null}
            <p className="text-sm text-waiting tabular-nums">
              {minutes < 1 ? t('waitsSinceNow') : t('waitsSince', { minutes })}
            </p>
            <div className="mt-3 flex gap-2">
              <Button onPress={() => actions.admit(participantId)} aria-label={t('admitLabel', { name })}>
                {t('admit')}
              </Button>
              <Button
                look="quiet"
                onPress={() => actions.decline(participantId)}
                aria-label={t('declineLabel', { name })}
              >
                {t('decline')}
              </Button>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
