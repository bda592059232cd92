'use client';

import type { StaffId } from '@sotto/protocol/ids';
import { Download } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { buttonLook } from '../components/buttonLook.ts';
import { Dialog } from '../components/Dialog.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import type { ActDone } from '../passkeys/performAct.ts';
import { readReceipt, receiptFile } from './receipt.ts';

interface ReceiptDialogProps {
  /** One at least, all of one kind; none that is no receipt. */
  done: readonly ActDone[];
  nameOf: (subject: StaffId) => string;
  onClose: () => void;
}

/** The keystore's signed receipts of what was done, to keep. */
export function ReceiptDialog({ done, nameOf, onClose }: ReceiptDialogProps) {
  const t = useTranslations('kept.receipt');
  const times = useTimes();
  const receipts = done.flatMap((one) => {
    const receipt = readReceipt(one);
    return receipt === null ? [] : [{ ...one, receipt }];
  });
  const [first] = receipts;
  if (first === undefined) return null;
  const isOne = receipts.length === 1;
  return (
    <Dialog title={t(`title.${first.receipt.of}`)} isOpen onClose={onClose}>
      <p className="text-ink-soft">{t(isOne ? 'text' : 'textAll', { count: receipts.length })}</p>
      {receipts.map(({ receipt, index, signers }) => (
        <dl key={index} className="grid gap-x-4 gap-y-2 sm:grid-cols-[11rem_minmax(0,1fr)]">
          <dt className="text-ink-soft">{t('what')}</dt>
          <dd className="font-semibold break-all">{receipt.object ?? t('everything')}</dd>
          <dt className="text-ink-soft">{t('when')}</dt>
          <dd className="tabular-nums">{times.stamp(receipt.at)}</dd>
          <dt className="text-ink-soft">{t('by')}</dt>
          <dd>{signers.map(nameOf).join(', ')}</dd>
          {receipt.backupsExpireAt === null ? null : (
            <>
              <dt className="text-ink-soft">{t('backups')}</dt>
              <dd className="tabular-nums">{times.stamp(receipt.backupsExpireAt)}</dd>
            </>
          )}
          <dt className="text-ink-soft">{t('place')}</dt>
          <dd className="tabular-nums">{index}</dd>
        </dl>
      ))}
      <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
        <Button look="secondary" onPress={onClose} wide>
          {t('close')}
        </Button>
        <a href={receiptFile(receipts)} download="receipt.json" className={`${buttonLook()} w-full sm:w-auto`}>
          <Download aria-hidden className="size-5" />
          {t(isOne ? 'download' : 'downloadAll')}
        </a>
      </div>
    </Dialog>
  );
}
