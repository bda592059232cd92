'use client';

import { useMutation } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { endJoin } from '../clinic/clinicApi.ts';
import { Button } from '../components/Button.tsx';
import { FocusHeading } from '../components/FocusHeading.tsx';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';

interface NotMeProps {
  clinicName: string;
  onBack: () => void;
  /** The session has ended: nothing may be left of whom it was for. */
  onClosed: () => void;
}

/** The link reached somebody else: nothing more is shown, and the way back is there for a slip. */
export function NotMe({ clinicName, onBack, onClosed }: NotMeProps) {
  const t = useTranslations('join.notMe');
  const closing = useMutation({ mutationFn: endJoin, onSuccess: onClosed });
  return (
    <div className="flex flex-col gap-6">
      <FocusHeading>{t('title')}</FocusHeading>
      <p className="text-lg text-ink-soft">{t('text', { clinic: clinicName })}</p>
      {closing.isError ? <TroubleNotice error={closing.error} /> : null}
      <div className="flex flex-col gap-3 sm:flex-row">
        <Button size="large" wide isPending={closing.isPending} onPress={() => closing.mutate()}>
          {t('close')}
        </Button>
        <Button size="large" look="secondary" wide onPress={onBack}>
          {t('back')}
        </Button>
      </div>
    </div>
  );
}

/** What is left to say once the session has ended. */
export function Closed({ clinicName }: { clinicName: string }) {
  const t = useTranslations('join.notMe.closed');
  return (
    <div className="flex flex-col gap-5">
      <FocusHeading>{t('title')}</FocusHeading>
      <p className="text-lg text-ink-soft">{t('text', { clinic: clinicName })}</p>
    </div>
  );
}
