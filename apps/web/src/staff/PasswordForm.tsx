import type { StaffSession } from '@sotto/protocol/clinic';
import type { SignInStep } from '@sotto/protocol/signIn';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { Button } from '../components/Button.tsx';
import { TextField } from '../components/TextField.tsx';
import { asksForCode } from './signInProblem.ts';

interface PasswordFormProps {
  /** What stands before the password. */
  children: ReactNode;
  /** The word on the button. */
  action: string;
  /** The password was right, and isn't enough: it stays where it is, and a code comes with it. */
  needsCode: boolean;
  isPending: boolean;
  onSubmit: (proof: { password: string; code?: string }) => Promise<StaffSession | SignInStep>;
}

/** Asks for a password, and for a code once one is missing; whoever has it says what failed. */
export function PasswordForm({ children, action, needsCode, isPending, onSubmit }: PasswordFormProps) {
  const t = useTranslations('signIn');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  return (
    <Form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        // A password that let nobody in isn't kept on the screen.
        void onSubmit({ password, ...(needsCode ? { code: code.trim() } : {}) })
          .catch(() => undefined)
          .then((outcome) => {
            setCode('');
            if (!asksForCode(outcome)) setPassword('');
          });
      }}
    >
      {children}
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
        {action}
      </Button>
    </Form>
  );
}
