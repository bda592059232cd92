'use client';

import type { GuestInvitation } from '@sotto/protocol/guests';
import { useTranslations } from 'next-intl';
import { CopyLink } from '../components/CopyLink.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { useTimes } from '../i18n/useTimes.ts';

interface GuestLinkDialogProps {
  invitation: GuestInvitation;
  /** They were invited a moment ago. */
  isNew?: boolean;
  onClose: () => void;
}

/** A guest's link, to be sent to them. */
export function GuestLinkDialog({ invitation: { guest, url }, isNew = false, onClose }: GuestLinkDialogProps) {
  const t = useTranslations('guests');
  const times = useTimes();
  const values = { name: guest.name, kind: t(`kind.${guest.kind}`), until: times.dayAndTime(new Date(guest.endsAt)) };
  return (
    <Dialog title={t(isNew ? 'made' : 'link', values)} isOpen onClose={onClose}>
      <p className="text-ink-soft">{t('linkFor', values)}</p>
      <CopyLink url={url} label={t('link', values)} />
      <p className="text-ink-soft">{t('rules', values)}</p>
    </Dialog>
  );
}
