'use client';

import type { NewPasswordOffer } from '@sotto/protocol/people';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { faultCode } from '../clinic/errors.ts';
import { Button } from '../components/Button.tsx';
import { buttonLook } from '../components/buttonLook.ts';
import { FocusHeading } from '../components/FocusHeading.tsx';
import { Notice } from '../components/Notice.tsx';
import { PageShell } from '../components/PageShell.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { TextField } from '../components/TextField.tsx';
import { Link } from '../i18n/navigation.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { signInProblem } from '../staff/signInProblem.ts';
import { usePasskeySignIn } from '../staff/usePasskeySignIn.ts';
import { ChoosePasswordForm } from './ChoosePasswordForm.tsx';
import { useLinkSecret } from './linkSecret.ts';
import { chooseNewPassword, readNewPasswordOffer } from './peopleApi.ts';

/** Where the mail about a new password leads: its reader chooses one, once, beside what they have left to sign in with. */
export function NewPasswordPage() {
  const secret = useLinkSecret();
  const isThere = secret !== undefined && secret !== null;
  const query = useQuery({
    queryKey: ['account', 'newPassword', secret],
    queryFn: ({ signal }) => readNewPasswordOffer(secret ?? '', signal),
    enabled: isThere,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const isOver = secret === null || (query.isError && faultCode(query.error) === 'notFound');
  return (
    <PageShell owner={query.data?.clinicName}>
      <div className="mx-auto flex max-w-md flex-col gap-6 sm:pt-6">
        {isOver ? <Ended outcome="over" /> : null}
        {query.isError && !isOver ? <TroubleNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
        {query.isPending && !isOver ? <Skeleton className="h-64" /> : null}
        {query.data && isThere ? <NewPassword offer={query.data} secret={secret} /> : null}
      </div>
    </PageShell>
  );
}

/** It was done, or the link was used, replaced or is too old. */
function Ended({ outcome }: { outcome: 'over' | 'done' }) {
  const t = useTranslations('newPassword');
  return (
    <>
      <FocusHeading takeFocus={outcome === 'done'}>{t(`${outcome}.title`)}</FocusHeading>
      <p className="text-lg text-ink-soft">{t(`${outcome}.text`)}</p>
      <Link href="/sign-in/" prefetch={false} className={`${buttonLook('primary')} self-start`}>
        {t('toSignIn')}
      </Link>
    </>
  );
}

const problemOf = (error: unknown) => {
  const code = faultCode(error);
  return code === 'wrongState' || code === 'rateLimited' || code === 'forbidden' ? code : 'failed';
};

function NewPassword({ offer, secret }: { offer: NewPasswordOffer; secret: string }) {
  const t = useTranslations('newPassword');
  const signIn = useTranslations('signIn');
  const { clinicName, name, email, needs } = offer;
  const [code, setCode] = useState('');
  const passkey = usePasskeySignIn(null, () => undefined);
  const choosing = useMutation({
    mutationFn: (password: string) =>
      chooseNewPassword({ secret, password, ...(needs === 'code' ? { code: code.trim() } : {}) }),
    onError: () => setCode(''),
  });
  if (choosing.isSuccess) return <Ended outcome="done" />;
  if (choosing.isError && faultCode(choosing.error) === 'notFound') return <Ended outcome="over" />;
  const problem = choosing.isError ? problemOf(choosing.error) : null;
  return (
    <>
      <div className="flex flex-col gap-2">
        <FocusHeading takeFocus={false}>{t('title', { name })}</FocusHeading>
        <p className="text-lg text-ink-soft">{t('text', { clinic: clinicName })}</p>
      </div>
      {needs === 'passkey' && !passkey.isSuccess ? (
        <>
          <p>{t('passkeyText')}</p>
          {passkey.isError ? (
            <Notice tone="danger" title={signIn(`${signInProblem(passkey.error)}.title`)} live>
              {signIn(`${signInProblem(passkey.error)}.text`)}
            </Notice>
          ) : null}
          <Button size="large" isPending={passkey.isPending} onPress={() => passkey.mutate()} wide>
            {t('passkey')}
          </Button>
        </>
      ) : (
        <ChoosePasswordForm
          email={email}
          isAnother
          action={t('action')}
          isPending={choosing.isPending}
          onChoose={(password) => choosing.mutate(password)}
        >
          {needs === 'code' ? (
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
            <Notice tone="danger" title={t(`${problem}.title`)} live>
              {t(`${problem}.text`)}
            </Notice>
          )}
        </ChoosePasswordForm>
      )}
    </>
  );
}
