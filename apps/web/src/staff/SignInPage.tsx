'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Fingerprint } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
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
import { PasswordForm } from './PasswordForm.tsx';
import { ProviderButton } from './ProviderButton.tsx';
import { leaveToSignIn } from './providerApi.ts';
import { asksForCode, type PasskeyProblem, type StepProblem, signInProblem, stepProblem } from './signInProblem.ts';
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
  const [isEntering, setEntering] = useState(false);
  const enter = (session: StaffSession) => {
    // However they came in: nothing is offered, which may be taken at once, until the next page is there.
    setEntering(true);
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
  useOfferedPasskey(!passkey.isPending && !isEntering, enter, (error) => {
    passkey.reset();
    password.reset();
    setOfferError(error);
  });
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
        <CredentialsForm
          needsCode={asksForCode(password.data)}
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
): PasskeyProblem | StepProblem | 'wrong' | null {
  if (passkeyError !== null) return signInProblem(passkeyError);
  if (passwordError !== null) return passwordProblem(passwordError);
  return stepProblem(outcome);
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

interface CredentialsFormProps {
  needsCode: boolean;
  isPending: boolean;
  onSubmit: (credentials: Parameters<typeof signIn>[0]) => Promise<SignInOutcome>;
}

function CredentialsForm({ onSubmit, ...form }: CredentialsFormProps) {
  const t = useTranslations('signIn');
  const [email, setEmail] = useState('');
  return (
    <PasswordForm
      {...form}
      action={t('submit')}
      onSubmit={async (proof) => await onSubmit({ email: email.trim(), ...proof })}
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
    </PasswordForm>
  );
}
