'use client';

import { Download } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { buttonLook } from '../components/buttonLook.ts';
import { Dialog } from '../components/Dialog.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import type { ActDone } from '../passkeys/performAct.ts';
import { readReceipt, receiptFile } from './receipt.ts';

interface ReceiptDialogProps {
  done: ActDone;
  names: string;
  onClose: () => void;
}

/** The keystore's signed receipt of what was done, to keep. */
export function ReceiptDialog({ done, names, onClose }: ReceiptDialogProps) {
  const t = useTranslations('kept.receipt');
  const times = useTimes();
  const receipt = readReceipt(done);
  if (receipt === null) return null;
  return (
    <Dialog title={t(`title.${receipt.of}`)} isOpen onClose={onClose}>
      <p className="text-ink-soft">{t('text')}</p>
      <dl className="grid gap-x-4 gap-y-2 sm:grid-cols-[11rem_minmax(0,1fr)]">
        <dt className="text-ink-soft">{t('what')}</dt>
        <dd className="font-semibold break-all">{receipt.object ?? t('everything')}</dd>
        <dt className="text-ink-soft">{t('when')}</dt>
        <dd className="tabular-nums">{times.stamp(receipt.at)}</dd>
        <dt className="text-ink-soft">{t('by')}</dt>
        <dd>{names}</dd>
        {receipt.backupsExpireAt === null ? null : (
          <>
            <dt className="text-ink-soft">{t('backups')}</dt>
            <dd className="tabular-nums">{times.stamp(receipt.backupsExpireAt)}</dd>
          </>
        )}
        <dt className="text-ink-soft">{t('place')}</dt>
        <dd className="tabular-nums">{done.index}</dd>
      </dl>
      <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
        <Button look="secondary" onPress={onClose} wide>
          {t('close')}
        </Button>
        <a href={receiptFile(done)} download="receipt.json" className={`${buttonLook()} w-full sm:w-auto`}>
          <Download aria-hidden className="size-5" />
          {t('download')}
        </a>
      </div>
    </Dialog>
  );
}
