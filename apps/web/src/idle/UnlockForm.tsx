'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Fingerprint } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { unlockByPassword } from '../clinic/clinicApi.ts';
import { configQuery } from '../clinic/clinicQueries.ts';
import { faultCode } from '../clinic/errors.ts';
import { Button } from '../components/Button.tsx';
import { PasswordForm } from '../staff/PasswordForm.tsx';
import { ProviderButton } from '../staff/ProviderButton.tsx';
import { leaveToSignIn } from '../staff/providerApi.ts';
import {
  asksForCode,
  type PasskeyProblem,
  type StepProblem,
  signInProblem,
  stepProblem,
} from '../staff/signInProblem.ts';
import { usePasskeySignIn } from '../staff/usePasskeySignIn.ts';
import { useSessionLock } from './SessionLock.tsx';

type UnlockProblem = PasskeyProblem | StepProblem | 'wrong';

function passwordProblem(error: Error): UnlockProblem {
  switch (faultCode(error)) {
    case 'wrongState':
    case 'invalid':
      return 'wrong';
    case 'rateLimited':
      return 'tooMany';
    default:
      return 'unreachable';
  }
}

/**
 * The ways by which whoever's session it is shows that they are back: their passkey, or the password where it has none.
 *
 * @param isShort asks for the password only once it is wished for
 */
export function UnlockForm({ session, isShort = false }: { session: StaffSession; isShort?: boolean }) {
  const t = useTranslations('lock');
  const [isTyping, setTyping] = useState(!isShort);
  const asksAnew = useQuery(configQuery).data?.provider?.asksAnew === true;
  const lock = useSessionLock();
  const unlock = (unlocked: StaffSession) => lock?.unlock(unlocked);
  const passkey = usePasskeySignIn(session.staff.id, unlock);
  const password = useMutation({
    mutationFn: unlockByPassword,
    onSuccess: (outcome) => {
      if ('staff' in outcome) unlock(outcome);
    },
    gcTime: 0,
  });
  const problem =
    passkey.error !== null
      ? signInProblem(passkey.error)
      : password.error !== null
        ? passwordProblem(password.error)
        : stepProblem(password.data);
  return (
    <div className="flex flex-col gap-4">
      {problem === null ? null : (
        <p role="alert" className={problem === 'needsCode' ? '' : 'text-danger'}>
          {t(problem)}
        </p>
      )}
      <Button
        size="large"
        isPending={passkey.isPending}
        onPress={() => {
          password.reset();
          passkey.mutate();
        }}
        wide
      >
        <Fingerprint aria-hidden className="size-5" />
        {t('byPasskey')}
      </Button>
      {session.idleLock.unlocksBy === 'password' ? (
        isTyping ? (
          <PasswordForm
            action={t('unlock')}
            needsCode={asksForCode(password.data)}
            isPending={password.isPending}
            onSubmit={(proof) => {
              passkey.reset();
              return password.mutateAsync(proof);
            }}
          >
            <p className="text-sm text-ink-soft">{t('or')}</p>
          </PasswordForm>
        ) : (
          <Button look="quiet" onPress={() => setTyping(true)} wide>
            {t('or')}
          </Button>
        )
      ) : null}
      {/* Whoever has no password signs in anew; in a visit nobody leaves the page for that. One that asks nobody anew lets in whoever sits there. */}
      {session.method === 'oidc' && !isShort && asksAnew ? <ProviderButton onLeave={leaveToSignIn} /> : null}
    </div>
  );
}
