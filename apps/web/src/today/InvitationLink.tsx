'use client';

import type { Invitation } from '@sotto/protocol/clinic';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { ConfirmDialog } from '../components/ConfirmDialog.tsx';
import { CopyLink } from '../components/CopyLink.tsx';
import { useTimes } from '../i18n/useTimes.ts';

interface InvitationLinkProps {
  invitation: Invitation;
  patientName: string;
  isBusy: boolean;
  onRenew: () => void;
  onRevoke: () => void;
}

/** One working link and what can be done with it. */
export function InvitationLink({ invitation, patientName, isBusy, onRenew, onRevoke }: InvitationLinkProps) {
  const t = useTranslations('invitation');
  const times = useTimes();
  const [asking, setAsking] = useState<'renew' | 'revoke' | null>(null);
  return (
    <div className="flex flex-col gap-5">
      <CopyLink url={invitation.url} label={t('title')} />
      <p className="text-ink-soft">
        {t('rules', { name: patientName, until: times.dayAndTime(new Date(invitation.expiresAt)) })}
      </p>
      <div className="flex flex-wrap gap-x-2 gap-y-1 border-t border-line pt-3">
        <Button look="quiet" size="small" isDisabled={isBusy} onPress={() => setAsking('renew')}>
          {t('makeNew')}
        </Button>
        <Button look="dangerQuiet" size="small" isDisabled={isBusy} onPress={() => setAsking('revoke')}>
          {t('turnOff')}
        </Button>
      </div>
      {asking ? (
        <ConfirmDialog
          title={t(`${asking}.title`)}
          text={t(`${asking}.text`, { name: patientName })}
          action={t(`${asking}.action`)}
          isOpen
          isPending={isBusy}
          onClose={() => setAsking(null)}
          onConfirm={() => {
            setAsking(null);
            if (asking === 'renew') onRenew();
            else onRevoke();
          }}
        />
      ) : null}
    </div>
  );
}
