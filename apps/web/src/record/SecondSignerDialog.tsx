'use client';

import type { StaffId } from '@sotto/protocol/ids';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { Select } from '../components/Select.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { directoryQuery } from '../keystore/keystoreQueries.ts';
import { personNames } from '../keystore/names.ts';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { secondSigners } from './secondSigners.ts';

interface SecondSignerDialogProps {
  me: StaffId;
  pins: Pins;
  onOpen: (approver: StaffId) => void;
  onClose: () => void;
}

/** Where the clinic wants two to sign for an opening: who the second one is. */
export function SecondSignerDialog({ me, pins, onOpen, onClose }: SecondSignerDialogProps) {
  const t = useTranslations('record.second');
  const common = useTranslations('common');
  const query = useQuery(directoryQuery(pins));
  const [chosen, setChosen] = useState<string | null>(null);
  const signers = query.data ? secondSigners(query.data, me) : [];
  const nameOf = personNames(query.data?.people ?? []);
  const approver = signers.find((one) => one === chosen) ?? signers[0];
  return (
    <Dialog title={t('title')} isOpen onClose={onClose}>
      <p className="text-ink-soft">{t('text')}</p>
      {query.isPending ? <Skeleton className="h-16" /> : null}
      {query.isLoadingError ? <TroubleNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.data && approver === undefined ? <p>{t('nobody')}</p> : null}
      {approver === undefined ? null : (
        <Select
          label={t('who')}
          value={approver}
          onChange={setChosen}
          options={signers.map((one) => ({ value: one, label: nameOf(one) }))}
        />
      )}
      <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
        <Button look="secondary" onPress={onClose} wide>
          {common('cancel')}
        </Button>
        <Button
          isDisabled={approver === undefined}
          onPress={() => {
            if (approver !== undefined) onOpen(approver);
          }}
          wide
        >
          {t('action')}
        </Button>
      </div>
    </Dialog>
  );
}
