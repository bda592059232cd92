'use client';

import type { NewTotp, SecondFactors } from '@sotto/protocol/signIn';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Badge } from '../components/Badge.tsx';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { ConfirmTotp } from './ConfirmTotp.tsx';
import { FactorDialog } from './FactorDialog.tsx';
import { factorProblem, isOfPassword } from './factorProblem.ts';
import { beginTotp, endTotp, factorsQuery, renewRecoveryCodes } from './factorsApi.ts';
import { RecoveryCodeList } from './RecoveryCodeList.tsx';

type Change = 'begin' | 'renew' | 'end';

/** An authenticator app beside the password, and the codes for when it is lost; nothing where there is no password. */
export function SecondStep() {
  const query = useQuery(factorsQuery);
  return query.data?.hasPassword ? <Factors factors={query.data} /> : null;
}

function Factors({ factors }: { factors: SecondFactors }) {
  const t = useTranslations('secondStep');
  const queries = useQueryClient();
  const [making, setMaking] = useState<NewTotp | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const [asking, setAsking] = useState<Change | null>(null);
  const refresh = () => queries.invalidateQueries({ queryKey: factorsQuery.queryKey });
  const show = (shown: readonly string[] | null) => {
    setMaking(null);
    setAsking(null);
    setCodes(shown);
    void refresh();
  };
  const failed = (error: Error) => {
    // A password can be typed once more; nothing else is mended in the dialog.
    if (!isOfPassword(factorProblem(error))) setAsking(null);
    void refresh();
  };
  const beginning = useMutation({
    mutationFn: beginTotp,
    onSuccess: (made) => {
      setAsking(null);
      setMaking(made);
    },
    onError: failed,
  });
  const renewing = useMutation({
    mutationFn: renewRecoveryCodes,
    onSuccess: (made) => show(made.codes),
    onError: failed,
  });
  const ending = useMutation({ mutationFn: endTotp, onSuccess: () => show(null), onError: failed });
  const changing = { begin: beginning, renew: renewing, end: ending } as const;
  const ask = (change: Change) => {
    for (const one of Object.values(changing)) one.reset();
    setAsking(change);
  };
  const { needsPassword } = factors;
  const error = beginning.error ?? renewing.error ?? ending.error;
  const problem = error === null ? null : factorProblem(error);
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
      {problem === null || isOfPassword(problem) ? null : (
        <Notice tone="danger" title={t(`${problem}.title`)} live>
          {t(`${problem}.text`)}
        </Notice>
      )}
      {codes === null ? null : <RecoveryCodeList codes={codes} onDone={() => setCodes(null)} />}
      {making === null ? null : (
        <ConfirmTotp
          made={making}
          onConfirmed={show}
          onUnknown={() => void refresh()}
          onCancel={() => setMaking(null)}
        />
      )}
      {making !== null || codes !== null ? null : (
        <div className="flex flex-wrap gap-3">
          <Button
            look="secondary"
            isPending={beginning.isPending}
            onPress={() => (needsPassword ? ask('begin') : beginning.mutate({ password: null }))}
          >
            {t(isOn ? 'replace' : 'begin.action')}
          </Button>
          {isOn ? (
            <>
              <Button look="quiet" onPress={() => ask('renew')}>
                {t('renew.action')}
              </Button>
              <Button look="dangerQuiet" onPress={() => ask('end')}>
                {t('end.action')}
              </Button>
            </>
          ) : null}
        </div>
      )}
      {asking === null ? null : (
        <FactorDialog
          title={t(`${asking}.title`)}
          text={t(`${asking}.text`)}
          action={t(asking === 'begin' && isOn ? 'replace' : `${asking}.action`)}
          look={asking === 'begin' ? 'primary' : 'danger'}
          needsPassword={needsPassword}
          isPending={changing[asking].isPending}
          problem={problem}
          onClose={() => setAsking(null)}
          onConfirm={(proof) => changing[asking].mutate(proof)}
        />
      )}
    </section>
  );
}
