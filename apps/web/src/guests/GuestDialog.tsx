'use client';

import type { Visit } from '@sotto/protocol/clinic';
import type { GuestInvitation } from '@sotto/protocol/guests';
import { type GuestKind, guestKind, guestKinds } from '@sotto/protocol/ids';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { inviteGuest } from '../clinic/clinicApi.ts';
import { guestsQuery } from '../clinic/clinicQueries.ts';
import { faultCode } from '../clinic/errors.ts';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { Notice } from '../components/Notice.tsx';
import { Select } from '../components/Select.tsx';
import { TextField } from '../components/TextField.tsx';
import { useNow } from '../i18n/useNow.ts';
import { useTimes } from '../i18n/useTimes.ts';
import { GuestLinkDialog } from './GuestLinkDialog.tsx';
import { endOfStay, stayMinutes, usualStayMinutes } from './stayChoices.ts';

/** Invites somebody to a visit for a while; then shows the link for them. */
export function GuestDialog({ visit, onClose }: { visit: Visit; onClose: () => void }) {
  const t = useTranslations('guests');
  const times = useTimes();
  const now = useNow(10_000);
  const queries = useQueryClient();
  const [made, setMade] = useState<GuestInvitation | null>(null);
  const [kind, setKind] = useState<GuestKind>('interpreter');
  const [name, setName] = useState('');
  const [minutes, setMinutes] = useState<number>(usualStayMinutes);
  const start = new Date(visit.startsAt);
  const inviting = useMutation({
    mutationFn: () =>
      inviteGuest(visit.id, { kind, name, endsAt: endOfStay(start, minutes, new Date()).toISOString() }),
    onSuccess: async (invitation) => {
      setMade(invitation);
      await queries.invalidateQueries({ queryKey: guestsQuery(visit.id).queryKey });
    },
  });
  if (made) return <GuestLinkDialog invitation={made} isNew onClose={onClose} />;
  const isFull = inviting.isError && faultCode(inviting.error) === 'conflict';
  return (
    <Dialog title={t('invite')} isOpen onClose={onClose}>
      <p className="text-ink-soft">{t('inviteText', { name: visit.patient.name })}</p>
      {inviting.isError ? (
        <Notice tone="danger" title={t(isFull ? 'full.title' : 'failed.title')} live>
          {t(isFull ? 'full.text' : 'failed.text')}
        </Notice>
      ) : null}
      <Form
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          inviting.mutate();
        }}
      >
        <Select
          label={t('kindLabel')}
          value={kind}
          onChange={(value) => setKind(guestKind.parse(value))}
          options={guestKinds.map((one) => ({ value: one, label: t(`choice.${one}`) }))}
        />
        <TextField
          label={t('name')}
          description={t('nameHint')}
          value={name}
          onChange={setName}
          autoComplete="off"
          maxLength={120}
          isRequired
        />
        <Select
          label={t('stay')}
          value={String(minutes)}
          onChange={(value) => setMinutes(Number(value))}
          options={stayMinutes.map((length) => ({
            value: String(length),
            label: t('stayChoice', { minutes: length, time: times.time(endOfStay(start, length, now)) }),
          }))}
        />
        <p className="text-sm text-ink-soft">{t('stayText')}</p>
        <div className="flex flex-col-reverse gap-3 pt-1 sm:flex-row sm:justify-end">
          <Button look="secondary" onPress={onClose} wide>
            {t('cancel')}
          </Button>
          <Button type="submit" isPending={inviting.isPending} wide>
            {t('create')}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
