'use client';

import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { FocusHeading } from '../components/FocusHeading.tsx';
import { Notice } from '../components/Notice.tsx';

interface NotMeProps {
  clinicName: string;
  onBack: () => void;
  /** Nothing may be left of whom the link was for. */
  onClose: () => void;
}

/** The link reached somebody else: nothing more is shown, and the way back is there for a slip. */
export function NotMe({ clinicName, onBack, onClose }: NotMeProps) {
  const t = useTranslations('join.notMe');
  return (
    <div className="flex flex-col gap-6">
      <FocusHeading>{t('title')}</FocusHeading>
      <p className="text-lg text-ink-soft">{t('text', { clinic: clinicName })}</p>
      <div className="flex flex-col gap-3 sm:flex-row">
        <Button size="large" wide onPress={onClose}>
          {t('close')}
        </Button>
        <Button size="large" look="secondary" wide onPress={onBack}>
          {t('back')}
        </Button>
      </div>
    </div>
  );
}

interface ClosedProps {
  clinicName: string;
  /** How far the clinic's server was told; this browser has forgotten it all by then. */
  ending: { readonly isPending: boolean; readonly isError: boolean; mutate(): void };
}

/** What is left to say: whether the clinic's server has closed the visit on this device too. */
export function Closed({ clinicName, ending }: ClosedProps) {
  const t = useTranslations('join.notMe.closed');
  if (ending.isError) {
    return (
      <div className="flex flex-col gap-5">
        <FocusHeading>{t('failed.title')}</FocusHeading>
        <Notice tone="danger" title={t('failed.still')} live>
          {t('failed.text', { clinic: clinicName })}
        </Notice>
        <div>
          <Button size="large" onPress={() => ending.mutate()}>
            {t('failed.again')}
          </Button>
        </div>
      </div>
    );
  }
  if (ending.isPending) {
    return (
      <p role="status" className="text-lg text-ink-soft">
        {t('pending')}
      </p>
    );
  }
  return (
    <div className="flex flex-col gap-5">
      <FocusHeading>{t('title')}</FocusHeading>
      <p className="text-lg text-ink-soft">{t('text', { clinic: clinicName })}</p>
    </div>
  );
}
