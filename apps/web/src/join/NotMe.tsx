'use client';

import { useMutation } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { endJoin } from '../clinic/clinicApi.ts';
import { Button } from '../components/Button.tsx';
import { FocusHeading } from '../components/FocusHeading.tsx';

/** The link reached somebody else: nothing more is shown, and the way back is there for a slip. */
export function NotMe({ clinicName, onBack }: { clinicName: string; onBack: () => void }) {
  const t = useTranslations('join.notMe');
  const closing = useMutation({ mutationFn: endJoin });
  if (closing.isSuccess) {
    return (
      <div className="flex flex-col gap-5">
        <FocusHeading>{t('closed.title')}</FocusHeading>
        <p className="text-lg text-ink-soft">{t('closed.text', { clinic: clinicName })}</p>
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-6">
      <FocusHeading>{t('title')}</FocusHeading>
      <p className="text-lg text-ink-soft">{t('text', { clinic: clinicName })}</p>
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
