'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';

interface LeaveDialogProps {
  onClose: () => void;
  onLeave: () => void;
  onEnd: () => Promise<void>;
}

/** The host leaves: alone, or with everyone. */
export function LeaveDialog({ onClose, onLeave, onEnd }: LeaveDialogProps) {
  const t = useTranslations('call.leave');
  const [isEnding, setEnding] = useState(false);
  return (
    <Dialog role="alertdialog" title={t('title')} isOpen onClose={onClose}>
      <p className="text-ink-soft">{t('text')}</p>
      <div className="flex flex-col gap-3">
        <Button
          look="danger"
          isPending={isEnding}
          onPress={() => {
            setEnding(true);
            void onEnd().finally(() => setEnding(false));
          }}
        >
          {t('end')}
        </Button>
        <Button look="secondary" onPress={onLeave}>
          {t('leave')}
        </Button>
        <Button look="quiet" onPress={onClose} autoFocus>
          {t('stay')}
        </Button>
      </div>
    </Dialog>
  );
}
