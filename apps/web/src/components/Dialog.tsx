'use client';

import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import { Dialog as AriaDialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';

interface DialogProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  /** An `alertdialog` asks something that must be answered: it isn't closed by a press outside of it. */
  role?: 'dialog' | 'alertdialog';
  /** It can't be closed for now. */
  isKept?: boolean;
  children: ReactNode;
}

/** A modal dialog: in the middle of a large screen, at the lower edge of a phone's. */
export function Dialog({ title, isOpen, onClose, role = 'dialog', isKept = false, children }: DialogProps) {
  const t = useTranslations('common');
  return (
    <ModalOverlay
      isOpen={isOpen}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      isDismissable={role === 'dialog' && !isKept}
      isKeyboardDismissDisabled={isKept}
      className="fixed inset-0 z-50 flex items-end justify-center bg-backdrop motion-safe:entering:animate-appear sm:items-center sm:p-6"
    >
      <Modal className="max-h-[92dvh] w-full overflow-y-auto rounded-t-xl border border-line bg-surface text-ink sm:max-w-lg sm:rounded-xl">
        <AriaDialog role={role} className="flex flex-col gap-5 p-5 outline-none sm:p-6">
          <div className="flex items-start justify-between gap-4">
            <Heading slot="title" className="pt-1.5 text-xl font-semibold tracking-tight">
              {title}
            </Heading>
            <AriaButton
              aria-label={t('close')}
              isDisabled={isKept}
              onPress={onClose}
              className="-me-2 grid size-11 shrink-0 cursor-pointer place-items-center rounded-lg text-ink-soft hover:bg-sunken disabled:cursor-default disabled:opacity-50"
            >
              <X aria-hidden className="size-5" />
            </AriaButton>
          </div>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
