'use client';

import type { FactorProof } from '@sotto/protocol/signIn';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { TextField } from '../components/TextField.tsx';
import type { FactorProblem } from './factorProblem.ts';

interface FactorDialogProps {
  title: string;
  text: string;
  /** The word on the button that does it. */
  action: string;
  look: 'primary' | 'danger';
  needsPassword: boolean;
  isPending: boolean;
  problem: FactorProblem | null;
  onConfirm: (proof: FactorProof) => void;
  onClose: () => void;
}

/** Asks before a change of how somebody signs in, and for their password where the session has no passkey. */
export function FactorDialog({ title, text, action, look, needsPassword, problem, ...rest }: FactorDialogProps) {
  const { isPending, onConfirm, onClose } = rest;
  const t = useTranslations('secondStep');
  const common = useTranslations('common');
  const [password, setPassword] = useState('');
  const isWrong = problem === 'wrong' || problem === 'tooMany';
  return (
    <Dialog role="alertdialog" title={title} isOpen onClose={onClose}>
      <p className="text-ink-soft">{text}</p>
      <Form
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm({ password: needsPassword ? password : null });
        }}
      >
        {needsPassword ? (
          <TextField
            label={t('password.label')}
            description={t('password.text')}
            type="password"
            name="password"
            autoComplete="current-password"
            value={password}
            onChange={setPassword}
            isInvalid={isWrong}
            error={isWrong ? t(`password.${problem}`) : undefined}
            isRequired
            autoFocus
          />
        ) : null}
        <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
          <Button look="secondary" onPress={onClose} autoFocus={!needsPassword} wide>
            {common('cancel')}
          </Button>
          <Button type="submit" look={look} isPending={isPending} wide>
            {action}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
