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
  /** Of the account that had one before. */
  isAnother?: boolean;
  /** What is asked for first. */
  before?: ReactNode;
  /** The word on the button. */
  action: string;
  isPending: boolean;
  onChoose: (password: string) => void;
  /** What is asked for beside the password, and what went wrong. */
  children?: ReactNode;
}

/** A new password, typed twice. */
export function ChoosePasswordForm(props: ChoosePasswordFormProps) {
  const { email, isAnother = false, before, action, isPending, onChoose, children } = props;
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
      {before}
      <TextField
        label={t(isAnother ? 'newPassword' : 'password')}
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
        label={t(isAnother ? 'newAgain' : 'again')}
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
