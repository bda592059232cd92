'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { useMutation } from '@tanstack/react-query';
import { Fingerprint } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { unlockByPassword } from '../clinic/clinicApi.ts';
import { faultCode } from '../clinic/errors.ts';
import { Button } from '../components/Button.tsx';
import { TextField } from '../components/TextField.tsx';
import { ProviderButton } from '../staff/ProviderButton.tsx';
import { leaveToSignIn } from '../staff/providerApi.ts';
import { type PasskeyProblem, signInProblem } from '../staff/signInProblem.ts';
import { usePasskeySignIn } from '../staff/usePasskeySignIn.ts';
import { useSessionLock } from './SessionLock.tsx';

type Outcome = Awaited<ReturnType<typeof unlockByPassword>>;
type UnlockProblem = PasskeyProblem | 'wrong' | 'needsPasskey' | 'needsCode' | 'wrongCode';

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

function stepProblem(outcome: Outcome | undefined): UnlockProblem | null {
  if (outcome === undefined || !('needs' in outcome)) return null;
  if (outcome.needs === 'passkey') return 'needsPasskey';
  return outcome.isWrong ? 'wrongCode' : 'needsCode';
}

/**
 * The ways by which whoever's session it is shows that they are back: their passkey, or the password where it has none.
 *
 * @param isShort asks for the password only once it is wished for
 */
export function UnlockForm({ session, isShort = false }: { session: StaffSession; isShort?: boolean }) {
  const t = useTranslations('lock');
  const [isTyping, setTyping] = useState(!isShort);
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
  const needsCode = problem === 'needsCode' || problem === 'wrongCode';
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
            needsCode={needsCode}
            isPending={password.isPending}
            onSubmit={(proof) => {
              passkey.reset();
              return password.mutateAsync(proof);
            }}
          />
        ) : (
          <Button look="quiet" onPress={() => setTyping(true)} wide>
            {t('or')}
          </Button>
        )
      ) : null}
      {/* Whoever has no password signs in anew; in a visit nobody leaves the page for that. */}
      {session.method === 'oidc' && !isShort ? <ProviderButton onLeave={leaveToSignIn} /> : null}
    </div>
  );
}

interface PasswordFormProps {
  needsCode: boolean;
  isPending: boolean;
  onSubmit: (proof: { password: string; code?: string }) => Promise<Outcome>;
}

function PasswordForm({ needsCode, isPending, onSubmit }: PasswordFormProps) {
  const t = useTranslations('lock');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  return (
    <Form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        // What failed is told above; a password that unlocked nothing isn't kept on the screen.
        void onSubmit({ password, ...(needsCode ? { code: code.trim() } : {}) })
          .catch(() => undefined)
          .then((outcome) => {
            setCode('');
            if (outcome === undefined || !('needs' in outcome) || outcome.needs !== 'code') setPassword('');
          });
      }}
    >
      <p className="text-sm text-ink-soft">{t('or')}</p>
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
        {t('unlock')}
      </Button>
    </Form>
  );
}
