'use client';

import { Fingerprint, LoaderCircle } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { Confirmation, VisitCall } from '../call/contract.ts';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';

interface PasskeyDialogProps {
  call: Pick<VisitCall, 'confirm' | 'goWithout' | 'leave'>;
  confirmation: Confirmation;
}

/** The clinician's passkey tells the others who is here: why it is asked, and what happens without it. */
export function PasskeyDialog({ call, confirmation }: PasskeyDialogProps) {
  const t = useTranslations('call.confirm');
  const { state, fault, mayGoWithout, isBack } = confirmation;
  return (
    <Dialog role="alertdialog" title={t('title')} isOpen onClose={() => call.leave()}>
      <p className="text-ink-soft">{t(isBack ? 'back' : 'reason')}</p>
      {state === 'asking' ? (
        <p role="status" className="flex items-center gap-3">
          <LoaderCircle aria-hidden className="size-5 shrink-0 motion-safe:animate-spin" />
          {t('asking')}
        </p>
      ) : (
        <>
          {fault === null ? null : (
            <p role="alert" className="font-medium">
              {t(fault === 'cancelled' || fault === 'unsupported' ? `fault.${fault}` : 'fault.unusable')}
            </p>
          )}
          {mayGoWithout ? <p className="text-sm text-ink-soft">{t('without')}</p> : null}
          <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
            {mayGoWithout ? (
              <Button look="secondary" onPress={() => call.goWithout()} wide>
                {t('goWithout')}
              </Button>
            ) : null}
            <Button onPress={() => call.confirm()} autoFocus wide>
              <Fingerprint aria-hidden className="size-5" />
              {t('confirm')}
            </Button>
          </div>
        </>
      )}
    </Dialog>
  );
}
