'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useLocale, useTranslations } from 'next-intl';
import { useState } from 'react';
import { configQuery } from '../clinic/clinicQueries.ts';
import { Badge } from '../components/Badge.tsx';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { leaveToBind, unbind } from '../staff/providerApi.ts';
import { FactorDialog } from './FactorDialog.tsx';
import { factorProblem, isOfPassword } from './factorProblem.ts';
import { factorsQuery } from './factorsApi.ts';

/** Whether the clinic's provider lets somebody into their account; nothing in a clinic without one. */
export function ProviderLink() {
  const label = useQuery(configQuery).data?.provider?.label;
  const factors = useQuery(factorsQuery).data;
  if (label === undefined || factors === undefined || factors.isBound === null) return null;
  return (
    <Linked
      label={label}
      isBound={factors.isBound}
      needsPassword={factors.hasPassword && (factors.isBound ? factors.needsPassword : !factors.hasFreshPasskey)}
    />
  );
}

interface LinkedProps {
  label: string;
  isBound: boolean;
  needsPassword: boolean;
}

function Linked({ label, isBound, needsPassword }: LinkedProps) {
  const t = useTranslations('ownSignIn.provider');
  const factor = useTranslations('secondStep');
  const locale = useLocale();
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const options = {
    onSuccess: () => setAsking(false),
    // A password can be typed once more; nothing else is mended in the dialog.
    onError: (error: Error) => setAsking(isOfPassword(factorProblem(error))),
    onSettled: () => queries.invalidateQueries({ queryKey: factorsQuery.queryKey }),
  };
  const binding = useMutation({
    mutationFn: (proof: Parameters<typeof unbind>[0]) => leaveToBind({ locale, hash: '' }, proof),
    ...options,
  });
  const ending = useMutation({ mutationFn: unbind, ...options });
  const changing = isBound ? ending : binding;
  const problem = changing.error === null ? null : factorProblem(changing.error);
  const act = isBound ? 'end' : 'begin';
  return (
    <section
      aria-labelledby="provider-link"
      className="flex flex-col gap-4 rounded-lg border border-line bg-surface p-5"
    >
      <div className="flex flex-col gap-1">
        <h2 id="provider-link" className="flex flex-wrap items-center gap-2 text-lg font-semibold">
          {label}
          {isBound ? <Badge tone="accent">{t('on')}</Badge> : null}
        </h2>
        <p className="text-ink-soft">{t('text', { label })}</p>
      </div>
      {problem === null || isOfPassword(problem) ? null : (
        <Notice tone="danger" title={factor(`${problem}.title`)} live>
          {factor(`${problem}.text`)}
        </Notice>
      )}
      <div>
        <Button
          look={isBound ? 'dangerQuiet' : 'secondary'}
          onPress={() => {
            changing.reset();
            setAsking(true);
          }}
        >
          {t(`${act}.action`, { label })}
        </Button>
      </div>
      {isAsking ? (
        <FactorDialog
          title={t(`${act}.title`, { label })}
          text={t(`${act}.text`, { label })}
          action={t(`${act}.action`, { label })}
          look={isBound ? 'danger' : 'primary'}
          needsPassword={needsPassword}
          isPending={changing.isPending}
          problem={problem}
          onClose={() => setAsking(false)}
          onConfirm={(proof) => changing.mutate(proof)}
        />
      ) : null}
    </section>
  );
}
