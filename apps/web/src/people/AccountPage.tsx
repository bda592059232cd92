'use client';

import { minPasswordLength } from '@sotto/protocol/clinic';
import { accountSecret } from '@sotto/protocol/people';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState, useSyncExternalStore } from 'react';
import { Form } from 'react-aria-components/Form';
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
import { beginAccount, readOffer } from './peopleApi.ts';

const onHashChange = (tell: () => void) => {
  window.addEventListener('hashchange', tell);
  return () => window.removeEventListener('hashchange', tell);
};

/** Where the mail of an invitation leads: its reader chooses a password, once. The secret stands behind the `#`. */
export function AccountPage() {
  const hash = useSyncExternalStore(
    onHashChange,
    () => window.location.hash.slice(1),
    () => null,
  );
  const secret = hash !== null && accountSecret.safeParse(hash).success ? hash : null;
  const query = useQuery({
    queryKey: ['account', 'offer', secret],
    queryFn: ({ signal }) => readOffer(secret ?? '', signal),
    enabled: secret !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const isOver = (hash !== null && secret === null) || (query.isError && faultCode(query.error) === 'notFound');
  return (
    <PageShell owner={query.data?.clinicName}>
      <div className="mx-auto flex max-w-md flex-col gap-6 sm:pt-6">
        {isOver ? <Over /> : null}
        {query.isError && !isOver ? <TroubleNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
        {query.isPending && !isOver ? <Skeleton className="h-64" /> : null}
        {query.data && secret !== null ? <ChoosePassword {...query.data} secret={secret} /> : null}
      </div>
    </PageShell>
  );
}

/** A link that was used, withdrawn or is too old. */
function Over() {
  const t = useTranslations('account');
  return (
    <>
      <FocusHeading takeFocus={false}>{t('over.title')}</FocusHeading>
      <p className="text-lg text-ink-soft">{t('over.text')}</p>
      <Link href="/sign-in/" prefetch={false} className={`${buttonLook('secondary')} self-start`}>
        {t('toSignIn')}
      </Link>
    </>
  );
}

interface ChoosePasswordProps {
  clinicName: string;
  name: string;
  email: string;
  secret: string;
}

function ChoosePassword({ clinicName, name, email, secret }: ChoosePasswordProps) {
  const t = useTranslations('account');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [problem, setProblem] = useState<'short' | 'differs' | null>(null);
  const beginning = useMutation({ mutationFn: () => beginAccount(secret, password) });
  const submit = () => {
    const found = password.length < minPasswordLength ? 'short' : password === again ? null : 'differs';
    setProblem(found);
    if (found === null) beginning.mutate();
  };
  if (beginning.isSuccess) {
    return (
      <>
        <FocusHeading>{t('done.title')}</FocusHeading>
        <p className="text-lg text-ink-soft">{t('done.text', { email })}</p>
        <Link href="/sign-in/" prefetch={false} className={`${buttonLook('primary')} self-start`}>
          {t('toSignIn')}
        </Link>
      </>
    );
  }
  if (beginning.isError && faultCode(beginning.error) === 'notFound') return <Over />;
  return (
    <>
      <div className="flex flex-col gap-2">
        <FocusHeading takeFocus={false}>{t('title', { name })}</FocusHeading>
        <p className="text-lg text-ink-soft">{t('text', { clinic: clinicName })}</p>
      </div>
      <Form
        className="flex flex-col gap-5"
        validationBehavior="aria"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <TextField label={t('email')} type="email" name="email" autoComplete="username" value={email} isReadOnly />
        <TextField
          label={t('password')}
          description={t('passwordHint', { count: minPasswordLength })}
          type="password"
          name="new-password"
          autoComplete="new-password"
          value={password}
          onChange={(value) => {
            setPassword(value);
            setProblem(null);
          }}
          maxLength={256}
          isRequired
          isInvalid={problem === 'short'}
          error={t('short', { count: minPasswordLength })}
        />
        <TextField
          label={t('again')}
          type="password"
          name="new-password-again"
          autoComplete="new-password"
          value={again}
          onChange={(value) => {
            setAgain(value);
            setProblem(null);
          }}
          maxLength={256}
          isRequired
          isInvalid={problem === 'differs'}
          error={t('differs')}
        />
        {beginning.isError ? (
          <Notice tone="danger" title={t('failed.title')} live>
            {t('failed.text')}
          </Notice>
        ) : null}
        <Button type="submit" isPending={beginning.isPending} wide>
          {t('action')}
        </Button>
      </Form>
    </>
  );
}
