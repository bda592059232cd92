'use client';

import type { Invitation } from '@sotto/protocol/clinic';
import { Check, Copy } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useRef, useState } from 'react';
import { Button } from '../components/Button.tsx';
import { ConfirmDialog } from '../components/ConfirmDialog.tsx';
import { LiveRegion } from '../components/LiveRegion.tsx';
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
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState<'no' | 'yes' | 'byHand'>('no');
  const [asking, setAsking] = useState<'renew' | 'revoke' | null>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(invitation.url);
      setCopied('yes');
    } catch {
      // The browser forbids it: the link is selected, so that one key press copies it.
      field.current?.select();
      setCopied('byHand');
    }
  };
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-col gap-3">
        <input
          ref={field}
          readOnly
          aria-label={t('title')}
          value={invitation.url}
          onFocus={(event) => event.currentTarget.select()}
          className="min-h-11 w-full truncate rounded-md border border-line bg-sunken px-3 text-sm text-ink-soft"
        />
        <Button onPress={() => void copy()} autoFocus>
          {copied === 'yes' ? <Check aria-hidden className="size-5" /> : <Copy aria-hidden className="size-5" />}
          {copied === 'yes' ? t('copied') : t('copy')}
        </Button>
        <LiveRegion text={copied === 'yes' ? t('copied') : ''} />
        {copied === 'byHand' ? (
          <p role="status" className="text-sm text-ink-soft">
            {t('copyByHand')}
          </p>
        ) : null}
      </div>
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
