'use client';

import { useTranslations } from 'next-intl';
import { Button } from './Button.tsx';
import { Dialog } from './Dialog.tsx';

interface ConfirmDialogProps {
  title: string;
  text: string;
  /** The word on the button that does it. */
  action: string;
  isOpen: boolean;
  isPending?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that can't be undone; the safe answer comes first. */
export function ConfirmDialog({ title, text, action, isOpen, isPending, onConfirm, onClose }: ConfirmDialogProps) {
  const t = useTranslations('common');
  return (
    <Dialog role="alertdialog" title={title} isOpen={isOpen} onClose={onClose}>
      <p className="text-ink-soft">{text}</p>
      <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
        <Button look="secondary" onPress={onClose} autoFocus wide>
          {t('cancel')}
        </Button>
        <Button look="danger" onPress={onConfirm} isPending={isPending ?? false} wide>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
