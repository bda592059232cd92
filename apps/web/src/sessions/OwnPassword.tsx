'use client';

import type { SecondFactors } from '@sotto/protocol/signIn';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { configQuery } from '../clinic/clinicQueries.ts';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { Notice } from '../components/Notice.tsx';
import { TextField } from '../components/TextField.tsx';
import { ChoosePasswordForm } from '../people/ChoosePasswordForm.tsx';
import { factorProblem } from './factorProblem.ts';
import { changePassword, factorsQuery } from './factorsApi.ts';
import { ownSessionsQuery } from './sessionsApi.ts';

/** The way to another password; to a first one, for whom the clinic's provider alone lets in. */
export function OwnPassword() {
  const t = useTranslations('ownSignIn.password');
  const factors = useQuery(factorsQuery).data;
  const label = useQuery(configQuery).data?.provider?.label;
  const [isChanging, setChanging] = useState(false);
  const [isDone, setDone] = useState(false);
  if (factors === undefined) return null;
  const has = factors.hasPassword ? 'change' : 'first';
  const unlinked = factors.isBound && factors.needsPassword ? label : undefined;
  return (
    <section
      aria-labelledby="own-password"
      className="flex flex-col gap-4 rounded-lg border border-line bg-surface p-5"
    >
      <div className="flex flex-col gap-1">
        <h2 id="own-password" className="text-lg font-semibold">
          {t('title')}
        </h2>
        <p className="text-ink-soft">
          {t(`${has}.text`)} {unlinked === undefined ? null : t('unlinks', { label: unlinked })}
        </p>
      </div>
      {isDone ? (
        <Notice title={t('done.title')} live>
          {t('done.text')}
        </Notice>
      ) : null}
      <div>
        <Button look="secondary" onPress={() => setChanging(true)}>
          {t(`${has}.action`)}
        </Button>
      </div>
      {isChanging ? (
        <ChangeDialog
          factors={factors}
          onClose={() => setChanging(false)}
          onDone={() => {
            setChanging(false);
            setDone(true);
          }}
        />
      ) : null}
    </section>
  );
}

interface ChangeDialogProps {
  factors: SecondFactors;
  onClose: () => void;
  onDone: () => void;
}

function ChangeDialog({ factors, onClose, onDone }: ChangeDialogProps) {
  const t = useTranslations('ownSignIn.password');
  const signIn = useTranslations('signIn');
  const queries = useQueryClient();
  const [current, setCurrent] = useState('');
  const [code, setCode] = useState('');
  const { hasPassword, needsPassword, totp, email } = factors;
  const needsCode = needsPassword && totp === 'on';
  const changing = useMutation({
    mutationFn: (next: string) =>
      changePassword({
        ...{ current: hasPassword ? current : null, next },
        ...(needsCode ? { code: code.trim() } : {}),
      }),
    onSuccess: onDone,
    onError: () => setCode(''),
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: factorsQuery.queryKey });
      await queries.invalidateQueries({ queryKey: ownSessionsQuery.queryKey });
    },
  });
  const problem = changing.error === null ? null : factorProblem(changing.error);
  return (
    <Dialog title={t(`${hasPassword ? 'change' : 'first'}.action`)} isOpen onClose={onClose}>
      <ChoosePasswordForm
        email={email}
        isAnother={hasPassword}
        before={
          hasPassword ? (
            <TextField
              label={t('current')}
              type="password"
              name="password"
              autoComplete="current-password"
              value={current}
              onChange={setCurrent}
              isRequired
              autoFocus
            />
          ) : null
        }
        action={t('save')}
        isPending={changing.isPending}
        onChoose={(next) => changing.mutate(next)}
      >
        {needsCode ? (
          <TextField
            label={signIn('code')}
            description={signIn('codeHint')}
            name="code"
            autoComplete="one-time-code"
            value={code}
            onChange={setCode}
            isRequired
          />
        ) : null}
        {problem === null ? null : (
          <Notice tone="danger" title={t(`problem.${problem}`)} live>
            {t(problem === 'unknown' ? 'problem.maybe' : 'problem.unchanged')}
          </Notice>
        )}
      </ChoosePasswordForm>
    </Dialog>
  );
}
