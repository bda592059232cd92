'use client';

import { breakGlassReasons } from '@sotto/protocol/keystore';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { Select } from '../components/Select.tsx';
import type { BreakGlassReason } from '../release/release.ts';

const reasons = Object.values(breakGlassReasons);

interface BreakGlassDialogProps {
  onOpen: (reason: BreakGlassReason) => void;
  onClose: () => void;
}

/** Opening against the rules, in an emergency: what follows is said before it is done. */
export function BreakGlassDialog({ onOpen, onClose }: BreakGlassDialogProps) {
  const t = useTranslations('record.breakGlass');
  const [reason, setReason] = useState<BreakGlassReason>('unconscious');
  return (
    <Dialog role="alertdialog" title={t('title')} isOpen onClose={onClose}>
      <p className="text-ink-soft">{t('text')}</p>
      <ul className="flex list-disc flex-col gap-1.5 ps-5 text-ink-soft">
        <li>{t('officer')}</li>
        <li>{t('patient')}</li>
      </ul>
      <Select
        label={t('reason')}
        value={reason}
        onChange={(value) => setReason(reasons.find((one) => one === value) ?? 'unconscious')}
        options={reasons.map((one) => ({ value: one, label: t(`reasons.${one}`) }))}
      />
      <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
        <Button look="secondary" onPress={onClose} autoFocus wide>
          {t('cancel')}
        </Button>
        <Button look="danger" onPress={() => onOpen(reason)} wide>
          {t('action')}
        </Button>
      </div>
    </Dialog>
  );
}
