'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { forgetClinic } from '../call/clinicMemory.ts';
import { Button } from '../components/Button.tsx';
import { ConfirmDialog } from '../components/ConfirmDialog.tsx';

/** Gives up what this browser knows of the clinic: a person's decision, after a warning, and nobody else's. */
export function ForgetClinic({ onForgotten }: { onForgotten: () => void }) {
  const t = useTranslations('farewell.forget');
  const [isAsking, setAsking] = useState(false);
  return (
    <div className="sm:self-start">
      <Button look="dangerQuiet" wide onPress={() => setAsking(true)}>
        {t('open')}
      </Button>
      <ConfirmDialog
        title={t('title')}
        text={t('text')}
        action={t('confirm')}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        onConfirm={() => {
          forgetClinic(window.localStorage);
          setAsking(false);
          onForgotten();
        }}
      />
    </div>
  );
}
