'use client';

import type { Visit } from '@sotto/protocol/clinic';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { BirthDateChange } from '../birthDate/BirthDateChange.tsx';
import { renewInvitation, revokeInvitation } from '../clinic/clinicApi.ts';
import { invitationQuery } from '../clinic/clinicQueries.ts';
import { faultCode } from '../clinic/errors.ts';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { Notice } from '../components/Notice.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import { InvitationLink } from './InvitationLink.tsx';

interface InvitationDialogProps {
  visit: Visit;
  /** The visit was made a moment ago. */
  isNew?: boolean;
  /** Whom the visit's physician invites besides. */
  guests?: ReactNode;
  onClose: () => void;
}

/** A visit's invitation link: copy it, replace it, turn it off. */
export function InvitationDialog({ visit, isNew = false, guests, onClose }: InvitationDialogProps) {
  const t = useTranslations('invitation');
  const times = useTimes();
  const queries = useQueryClient();
  const [isTurnedOff, setOff] = useState(!isNew && !['active', 'undated'].includes(visit.invitation.state));
  const query = invitationQuery(visit.id);
  const link = useQuery({ ...query, enabled: !isTurnedOff });
  const isOff = isTurnedOff || (link.isError && faultCode(link.error) === 'notFound');
  const isLocked = visit.invitation.state === 'locked';
  const listChanged = () => queries.invalidateQueries({ queryKey: ['visits', 'list'] });
  const renew = useMutation({
    mutationFn: () => renewInvitation(visit.id),
    onSuccess: async (fresh) => {
      queries.setQueryData(query.queryKey, fresh);
      setOff(false);
      await listChanged();
    },
  });
  const revoke = useMutation({
    mutationFn: () => revokeInvitation(visit.id),
    onSuccess: async () => {
      setOff(true);
      queries.removeQueries({ queryKey: query.queryKey });
      await listChanged();
    },
  });
  const failed = renew.isError || revoke.isError || (link.isError && !isOff);
  return (
    <Dialog title={isNew ? t('titleNew') : t('title')} isOpen onClose={onClose}>
      <p className="text-ink-soft">
        {t('for', { name: visit.patient.name, when: times.dayAndTime(new Date(visit.startsAt)) })}
      </p>
      {failed ? (
        <Notice
          tone="danger"
          title={t('failed.title')}
          live
          actions={
            link.isError && !isOff ? (
              <Button look="secondary" onPress={() => void link.refetch()}>
                {t('tryAgain')}
              </Button>
            ) : null
          }
        >
          {t('failed.text')}
        </Notice>
      ) : null}
      {isOff ? (
        <Notice
          title={t(isLocked ? 'locked.title' : 'off.title')}
          live
          actions={
            <Button isPending={renew.isPending} onPress={() => renew.mutate()}>
              {t('makeNew')}
            </Button>
          }
        >
          {isLocked ? t('locked.text', { name: visit.patient.name }) : t('off.text')}
        </Notice>
      ) : null}
      {!isOff && visit.invitation.state === 'undated' ? (
        <Notice tone="danger" title={t('undated.title')}>
          {t('undated.text', { name: visit.patient.name })}
        </Notice>
      ) : null}
      {!isOff && link.isPending ? <Skeleton className="h-36" /> : null}
      {!isOff && link.data ? (
        <InvitationLink
          key={link.data.url}
          invitation={link.data}
          patientName={visit.patient.name}
          isBusy={renew.isPending || revoke.isPending}
          onRenew={() => renew.mutate()}
          onRevoke={() => revoke.mutate()}
        />
      ) : null}
      <BirthDateChange visit={visit.id} />
      {guests ? <div className="border-t border-line pt-5">{guests}</div> : null}
    </Dialog>
  );
}
