'use client';

import type { Incident } from '@sotto/protocol/incidents';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { UserX } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { faultCode } from '../clinic/errors.ts';
import { Button } from '../components/Button.tsx';
import { ConfirmDialog } from '../components/ConfirmDialog.tsx';
import { Notice } from '../components/Notice.tsx';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { disableAbout, incidentsQuery } from './incidentsApi.ts';

/** Has the account of an incident disabled, after a question. */
export function DisableAccount({ id, name }: Pick<Incident, 'id'> & { name: string }) {
  const t = useTranslations('incidents.disable');
  const queries = useQueryClient();
  const [isAsking, setIsAsking] = useState(false);
  const disabling = useMutation({
    mutationFn: () => disableAbout(id),
    onSettled: () => {
      setIsAsking(false);
      return queries.invalidateQueries({ queryKey: incidentsQuery.queryKey });
    },
  });
  return (
    <>
      <Button look="dangerQuiet" onPress={() => setIsAsking(true)} wide>
        <UserX aria-hidden className="size-5" />
        {t('open')}
      </Button>
      {disabling.isError ? (
        <div className="basis-full">
          {faultCode(disabling.error) === 'conflict' ? (
            <Notice tone="danger" live>
              {t('tooFew')}
            </Notice>
          ) : (
            <TroubleNotice error={disabling.error} />
          )}
        </div>
      ) : null}
      <ConfirmDialog
        title={t('title', { name })}
        text={t('text', { name })}
        action={t('open')}
        isOpen={isAsking}
        isPending={disabling.isPending}
        onConfirm={() => disabling.mutate()}
        onClose={() => setIsAsking(false)}
      />
    </>
  );
}
