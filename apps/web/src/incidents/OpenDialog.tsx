'use client';

import type { StaffId } from '@sotto/protocol/ids';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { Select } from '../components/Select.tsx';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { peopleQuery } from '../people/peopleApi.ts';
import { openIncident } from './incidentsApi.ts';

interface OpenDialogProps {
  /** Accounts of which an incident is open. */
  taken: ReadonlySet<StaffId>;
  onSettled: () => void;
  onClose: () => void;
}

/** Opens an incident by hand: about an account, which can be held up then, or about none in particular. */
export function OpenDialog({ taken, onSettled, onClose }: OpenDialogProps) {
  const t = useTranslations('incidents');
  const { data } = useQuery(peopleQuery);
  const [about, setAbout] = useState<StaffId | null>(null);
  const opening = useMutation({ mutationFn: () => openIncident(about), onSuccess: onClose, onSettled });
  const people = (data?.people ?? []).filter(({ id }) => !taken.has(id));
  return (
    <Dialog title={t('open')} isOpen onClose={onClose}>
      <p className="text-ink-soft">{t('opening.text')}</p>
      <Select
        label={t('opening.about')}
        options={[
          { value: '', label: t('nobody') },
          ...people.map(({ id, name, email }) => ({ value: id, label: `${name} (${email})` })),
        ]}
        value={about ?? ''}
        onChange={(value) => setAbout(people.find(({ id }) => id === value)?.id ?? null)}
      />
      {opening.isError ? <TroubleNotice error={opening.error} /> : null}
      <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
        <Button look="secondary" onPress={onClose} wide>
          {t('cancel')}
        </Button>
        <Button isPending={opening.isPending} onPress={() => opening.mutate()} wide>
          {t('opening.action')}
        </Button>
      </div>
    </Dialog>
  );
}
