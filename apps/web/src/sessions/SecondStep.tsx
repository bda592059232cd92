'use client';

import type { NewTotp, SecondFactors } from '@sotto/protocol/signIn';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { faultCode } from '../clinic/errors.ts';
import { Badge } from '../components/Badge.tsx';
import { Button } from '../components/Button.tsx';
import { ConfirmDialog } from '../components/ConfirmDialog.tsx';
import { Notice } from '../components/Notice.tsx';
import { ConfirmTotp } from './ConfirmTotp.tsx';
import { beginTotp, endTotp, factorsQuery, renewRecoveryCodes } from './factorsApi.ts';
import { RecoveryCodeList } from './RecoveryCodeList.tsx';

/** An authenticator app beside the password, and the codes for when it is lost. */
export function SecondStep() {
  const query = useQuery(factorsQuery);
  return query.data ? <Factors factors={query.data} /> : null;
}

function Factors({ factors }: { factors: SecondFactors }) {
  const t = useTranslations('secondStep');
  const queries = useQueryClient();
  const [making, setMaking] = useState<NewTotp | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const [asking, setAsking] = useState<'end' | 'renew' | null>(null);
  const refresh = () => queries.invalidateQueries({ queryKey: factorsQuery.queryKey });
  const show = (shown: readonly string[]) => {
    setMaking(null);
    setAsking(null);
    setCodes(shown);
    void refresh();
  };
  const beginning = useMutation({ mutationFn: beginTotp, onSuccess: setMaking });
  const renewing = useMutation({
    mutationFn: renewRecoveryCodes,
    onSuccess: (made) => show(made.codes),
    onError: () => setAsking(null),
  });
  const ending = useMutation({
    mutationFn: endTotp,
    onSettled: async () => {
      setAsking(null);
      setCodes(null);
      await refresh();
    },
  });
  const error = beginning.error ?? renewing.error ?? ending.error;
  const isOn = factors.totp === 'on';
  return (
    <section aria-labelledby="second-step" className="flex flex-col gap-4 rounded-lg border border-line bg-surface p-5">
      <div className="flex flex-col gap-1">
        <h2 id="second-step" className="flex flex-wrap items-center gap-2 text-lg font-semibold">
          {t('title')}
          {isOn ? <Badge tone="accent">{t('on')}</Badge> : null}
        </h2>
        <p className="text-ink-soft">{t('text')}</p>
        {isOn ? <p className="text-ink-soft">{t('left', { count: factors.recoveryCodes })}</p> : null}
      </div>
      {error === null ? null : (
        <Notice tone="danger" title={t(`${faultCode(error) === 'forbidden' ? 'forbidden' : 'failed'}.title`)} live>
          {t(`${faultCode(error) === 'forbidden' ? 'forbidden' : 'failed'}.text`)}
        </Notice>
      )}
      {codes === null ? null : <RecoveryCodeList codes={codes} onDone={() => setCodes(null)} />}
      {making === null ? null : <ConfirmTotp made={making} onConfirmed={show} onCancel={() => setMaking(null)} />}
      {making !== null || codes !== null ? null : (
        <div className="flex flex-wrap gap-3">
          <Button look="secondary" isPending={beginning.isPending} onPress={() => beginning.mutate()}>
            {t(isOn ? 'replace' : 'begin')}
          </Button>
          {isOn ? (
            <>
              <Button look="quiet" onPress={() => setAsking('renew')}>
                {t('renew.action')}
              </Button>
              <Button look="dangerQuiet" onPress={() => setAsking('end')}>
                {t('end.action')}
              </Button>
            </>
          ) : null}
        </div>
      )}
      <ConfirmDialog
        title={t('end.title')}
        text={t('end.text')}
        action={t('end.action')}
        isOpen={asking === 'end'}
        isPending={ending.isPending}
        onClose={() => setAsking(null)}
        onConfirm={() => ending.mutate()}
      />
      <ConfirmDialog
        title={t('renew.title')}
        text={t('renew.text')}
        action={t('renew.action')}
        isOpen={asking === 'renew'}
        isPending={renewing.isPending}
        onClose={() => setAsking(null)}
        onConfirm={() => renewing.mutate()}
      />
    </section>
  );
}
