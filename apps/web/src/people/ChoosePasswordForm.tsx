'use client';

import { minPasswordLength } from '@sotto/protocol/clinic';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { Button } from '../components/Button.tsx';
import { TextField } from '../components/TextField.tsx';

interface ChoosePasswordFormProps {
  /** Whose account it is: password managers keep both together. */
  email: string;
  /** The word on the button. */
  action: string;
  isPending: boolean;
  onChoose: (password: string) => void;
  /** What is asked for beside the password, and what went wrong. */
  children?: ReactNode;
}

/** A new password, typed twice. */
export function ChoosePasswordForm({ email, action, isPending, onChoose, children }: ChoosePasswordFormProps) {
  const t = useTranslations('account');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [problem, setProblem] = useState<'short' | 'differs' | null>(null);
  const submit = () => {
    const found = password.length < minPasswordLength ? 'short' : password === again ? null : 'differs';
    setProblem(found);
    if (found === null) onChoose(password);
  };
  const typing = (set: (value: string) => void) => (value: string) => {
    set(value);
    setProblem(null);
  };
  return (
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
        onChange={typing(setPassword)}
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
        onChange={typing(setAgain)}
        maxLength={256}
        isRequired
        isInvalid={problem === 'differs'}
        error={t('differs')}
      />
      {children}
      <Button type="submit" isPending={isPending} wide>
        {action}
      </Button>
    </Form>
  );
}
