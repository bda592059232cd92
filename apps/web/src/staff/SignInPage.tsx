'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Fingerprint } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { signIn } from '../clinic/clinicApi.ts';
import { sessionQuery, useClinicName } from '../clinic/clinicQueries.ts';
import { faultCode } from '../clinic/errors.ts';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { PageShell } from '../components/PageShell.tsx';
import { PageTitle } from '../components/PageTitle.tsx';
import { TextField } from '../components/TextField.tsx';
import { useRouter } from '../i18n/navigation.ts';
import { destination } from './destination.ts';
import { ProviderButton } from './ProviderButton.tsx';
import { leaveToSignIn } from './providerApi.ts';
import { type PasskeyProblem, signInProblem } from './signInProblem.ts';
import { useOfferedPasskey, usePasskeySignIn } from './usePasskeySignIn.ts';

type SignInOutcome = Awaited<ReturnType<typeof signIn>>;

function passwordProblem(error: Error): 'wrong' | 'tooMany' | 'unreachable' {
  switch (faultCode(error)) {
    case 'unauthenticated':
    case 'invalid':
    case 'forbidden':
      return 'wrong';
    case 'rateLimited':
      return 'tooMany';
    default:
      return 'unreachable';
  }
}

/** Staff sign in: with a passkey, or with a password as long as they have none. */
export function SignInPage() {
  const t = useTranslations('signIn');
  const clinic = useClinicName();
  const router = useRouter();
  const queries = useQueryClient();
  const enter = (session: StaffSession) => {
    queries.clear();
    queries.setQueryData(sessionQuery.queryKey, session);
    router.replace(destination(session, window.location.hash));
  };
  const passkey = usePasskeySignIn(null, enter);
  const [offerError, setOfferError] = useState<Error | null>(null);
  const password = useMutation({
    mutationFn: signIn,
    onSuccess: (outcome) => {
      if ('staff' in outcome) enter(outcome);
    },
  });
  const isEntering = passkey.isSuccess || (password.data !== undefined && 'staff' in password.data);
  useOfferedPasskey(!passkey.isPending && !isEntering, enter, (error) => {
    passkey.reset();
    password.reset();
    setOfferError(error);
  });
  const needsCode = password.data !== undefined && 'needs' in password.data && password.data.needs === 'code';
  const problem = problemOf(passkey.error ?? offerError, password.error, password.data);
  return (
    <PageShell owner={clinic}>
      <div className="mx-auto flex max-w-md flex-col gap-6 sm:pt-6">
        <PageTitle text={t('text')}>{t('title')}</PageTitle>
        {problem === null ? null : (
          <Notice tone={problem.startsWith('needs') ? 'waiting' : 'danger'} title={t(`${problem}.title`)} live>
            {t(`${problem}.text`)}
          </Notice>
        )}
        <PasskeyButton
          isPending={passkey.isPending || isEntering}
          onPress={() => {
            password.reset();
            setOfferError(null);
            passkey.mutate();
          }}
        />
        <ProviderButton onLeave={leaveToSignIn} />
        <div className="flex items-center gap-3 text-sm text-ink-soft">
          <span aria-hidden className="h-px flex-1 bg-line" />
          {t('or')}
          <span aria-hidden className="h-px flex-1 bg-line" />
        </div>
        <PasswordForm
          needsCode={needsCode}
          isPending={password.isPending || isEntering}
          onSubmit={(credentials) => {
            passkey.reset();
            setOfferError(null);
            return password.mutateAsync(credentials);
          }}
        />
        <p className="text-sm text-ink-soft">{t('patientHint')}</p>
      </div>
    </PageShell>
  );
}

/** What to tell of the last attempt; null before there was one. */
function problemOf(
  passkeyError: Error | null,
  passwordError: Error | null,
  outcome: SignInOutcome | undefined,
): PasskeyProblem | 'wrong' | 'needsPasskey' | 'needsCode' | 'wrongCode' | null {
  if (passkeyError !== null) return signInProblem(passkeyError);
  if (passwordError !== null) return passwordProblem(passwordError);
  if (outcome === undefined || !('needs' in outcome)) return null;
  if (outcome.needs === 'passkey') return 'needsPasskey';
  return outcome.isWrong ? 'wrongCode' : 'needsCode';
}

function PasskeyButton({ isPending, onPress }: { isPending: boolean; onPress: () => void }) {
  const t = useTranslations('signIn');
  return (
    <div className="flex flex-col gap-2">
      <Button size="large" isPending={isPending} onPress={onPress} wide>
        <Fingerprint aria-hidden className="size-5" />
        {t('withPasskey')}
      </Button>
      <p className="text-sm text-ink-soft">{t('passkeyText')}</p>
    </div>
  );
}

interface PasswordFormProps {
  /** The password was right, and isn't enough: it stays where it is, and a code comes with it. */
  needsCode: boolean;
  isPending: boolean;
  onSubmit: (credentials: { email: string; password: string; code?: string }) => Promise<SignInOutcome>;
}

function PasswordForm({ needsCode, isPending, onSubmit }: PasswordFormProps) {
  const t = useTranslations('signIn');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  return (
    <Form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        // What failed is told above; a password that let nobody in isn't kept on the screen.
        void onSubmit({ email: email.trim(), password, ...(needsCode ? { code: code.trim() } : {}) })
          .catch(() => undefined)
          .then((outcome) => {
            setCode('');
            if (outcome === undefined || !('needs' in outcome) || outcome.needs !== 'code') setPassword('');
          });
      }}
    >
      <TextField
        label={t('email')}
        type="email"
        name="email"
        // The browser offers passkeys here too.
        autoComplete="username webauthn"
        value={email}
        onChange={setEmail}
        isRequired
        autoFocus
      />
      <TextField
        label={t('password')}
        type="password"
        name="password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
        isRequired
      />
      {needsCode ? (
        <TextField
          label={t('code')}
          description={t('codeHint')}
          name="code"
          autoComplete="one-time-code"
          value={code}
          onChange={setCode}
          isRequired
          autoFocus
        />
      ) : null}
      <Button type="submit" look="secondary" isPending={isPending} wide>
        {t('submit')}
      </Button>
    </Form>
  );
}
