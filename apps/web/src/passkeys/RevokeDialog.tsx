'use client';

import type { StaffId } from '@sotto/protocol/ids';
import { revocationReasons } from '@sotto/protocol/keystore';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { Select } from '../components/Select.tsx';
import type { CheckedDirectory, ClinicianPayload } from '../keystore/directory.ts';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { useAct } from './useAct.ts';

const reasons = Object.values(revocationReasons);

interface RevokeDialogProps {
  entry: ClinicianPayload;
  name: string;
  me: StaffId;
  directory: CheckedDirectory;
  pins: Pins;
  onClose: () => void;
}

/** An officer ends a passkey: it signs nothing any more, from that moment on. */
export function RevokeDialog({ entry, name, me, directory, pins, onClose }: RevokeDialogProps) {
  const t = useTranslations('passkeys');
  const [reason, setReason] = useState<(typeof reasons)[number]>('lost');
  const { acting } = useAct(directory, pins, onClose);
  const { subject, credential } = entry;
  return (
    <Dialog role="alertdialog" title={t('revoke.title', { name })} isOpen onClose={onClose}>
      <p className="text-ink-soft">{t('revoke.text')}</p>
      <Select
        label={t('revoke.reason')}
        value={reason}
        onChange={(value) => setReason(reasons.find((one) => one === value) ?? 'lost')}
        options={reasons.map((one) => ({ value: one, label: t(`reason.${one}`) }))}
      />
      {acting.isError ? <TroubleNotice error={acting.error} /> : null}
      <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
        <Button look="secondary" onPress={onClose} autoFocus wide>
          {t('revoke.cancel')}
        </Button>
        <Button
          look="danger"
          isPending={acting.isPending}
          onPress={() =>
            acting.mutate({
              matter: { action: 'revoke', subject, credential, reason },
              newcomer: null,
              signers: [me],
            })
          }
          wide
        >
          {t('revoke.action')}
        </Button>
      </div>
    </Dialog>
  );
}
