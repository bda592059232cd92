'use client';

import type { Visit } from '@sotto/protocol/clinic';
import type { Guest, GuestInvitation } from '@sotto/protocol/guests';
import type { ParticipantId } from '@sotto/protocol/ids';
import { useMutation } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import type { ActionOutcome } from '../call/contract.ts';
import { readGuestInvitation, withdrawGuest } from '../clinic/clinicApi.ts';
import { Button } from '../components/Button.tsx';
import { ConfirmDialog } from '../components/ConfirmDialog.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import { GuestLinkDialog } from './GuestLinkDialog.tsx';
import { type GuestWhereabouts, sendAway } from './guestLeave.ts';
import { moreMinutes } from './stayChoices.ts';
import { useGuestsChanged, useMoreTime } from './useMoreTime.ts';

/** Takes somebody out of the visit, or sends them away from its door; null outside of the visit. */
export type PutOut = ((participantId: ParticipantId) => Promise<ActionOutcome>) | null;

interface GuestRowProps {
  visit: Visit;
  guest: Guest;
  whereabouts: GuestWhereabouts;
  onPutOut: PutOut;
}

/** One guest: as what, until when, and what can be done. */
export function GuestRow({ visit, guest, whereabouts, onPutOut }: GuestRowProps) {
  const t = useTranslations('guests');
  const times = useTimes();
  const changed = useGuestsChanged(visit.id);
  const [link, setLink] = useState<GuestInvitation | null>(null);
  const [isAsking, setAsking] = useState(false);
  const { participantId, name } = guest;
  const isInside = whereabouts === 'inside';
  const isWithdrawn = guest.state === 'withdrawn';
  const more = useMoreTime(visit.id);
  const showing = useMutation({ mutationFn: () => readGuestInvitation(visit.id, participantId), onSuccess: setLink });
  const withdrawing = useMutation({
    mutationFn: () =>
      sendAway(whereabouts === 'away' || onPutOut === null ? null : () => onPutOut(participantId), () =>
        withdrawGuest(visit.id, participantId),
      ),
    onSettled: async () => {
      setAsking(false);
      await changed();
    },
  });
  const words = isInside ? 'putOut' : 'withdraw';
  const hasFailed = more.isError || showing.isError || withdrawing.isError;
  const time = times.time(new Date(guest.endsAt));
  return (
    <li className="flex flex-col gap-1 py-3">
      <p className="font-medium break-words">{name}</p>
      <p className="text-sm text-ink-soft">
        {t(`kind.${guest.kind}`)}
        <span aria-hidden> · </span>
        {t(guest.state === 'over' ? 'wasUntil' : 'until', { time })}
        <span aria-hidden> · </span>
        {t(`whereabouts.${whereabouts}`)}
      </p>
      <div className="-ms-2 flex flex-wrap gap-x-1">
        {isWithdrawn ? null : (
          <Button
            look="quiet"
            size="small"
            isPending={more.isPending}
            onPress={() => more.mutate(guest)}
            aria-label={t('moreLabel', { name, minutes: moreMinutes })}
          >
            {t('more', { minutes: moreMinutes })}
          </Button>
        )}
        {isInside || isWithdrawn ? null : (
          <Button
            look="quiet"
            size="small"
            isPending={showing.isPending}
            onPress={() => showing.mutate()}
            aria-label={t('link', { name })}
          >
            {t('showLink')}
          </Button>
        )}
        <Button
          look="dangerQuiet"
          size="small"
          onPress={() => setAsking(true)}
          aria-label={t(`${words}.label`, { name })}
        >
          {t(`${words}.short`)}
        </Button>
      </div>
      {hasFailed ? (
        <p role="alert" className="text-sm font-medium text-danger">
          {t('failed.text')}
        </p>
      ) : null}
      {link ? <GuestLinkDialog invitation={link} onClose={() => setLink(null)} /> : null}
      {isAsking ? (
        <ConfirmDialog
          title={t(`${words}.title`, { name })}
          text={t(`${words}.text`, { name })}
          action={t(`${words}.action`)}
          isOpen
          isPending={withdrawing.isPending}
          onClose={() => setAsking(false)}
          onConfirm={() => withdrawing.mutate()}
        />
      ) : null}
    </li>
  );
}
