'use client';

import type { NewTotp } from '@sotto/protocol/signIn';
import { useMutation } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { Button } from '../components/Button.tsx';
import { buttonLook } from '../components/buttonLook.ts';
import { TextField } from '../components/TextField.tsx';
import { factorProblem } from './factorProblem.ts';
import { finishTotp } from './factorsApi.ts';
import { QrCode } from './QrCode.tsx';

interface ConfirmTotpProps {
  made: NewTotp;
  /** With the recovery codes, which are shown this once. */
  onConfirmed: (codes: readonly string[]) => void;
  /** No answer came: it may count all the same. */
  onUnknown: () => void;
  onCancel: () => void;
}

/** Brings a secret into an authenticator app, and proves by a code that it is there. */
export function ConfirmTotp({ made, onConfirmed, onUnknown, onCancel }: ConfirmTotpProps) {
  const t = useTranslations('secondStep.confirm');
  const common = useTranslations('common');
  const [code, setCode] = useState('');
  const finishing = useMutation({
    mutationFn: finishTotp,
    onSuccess: ({ codes }) => onConfirmed(codes),
    onError: (fault) => {
      if (factorProblem(fault) === 'unknown') onUnknown();
    },
  });
  const error = finishing.isError ? t(factorProblem(finishing.error)) : undefined;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-col gap-4 sm:flex-row">
        <QrCode text={made.uri} label={t('picture')} />
        <div className="flex min-w-0 flex-col gap-2 text-ink-soft">
          <p>{t('scan')}</p>
          <p data-totp-key className="font-mono text-ink [overflow-wrap:anywhere]">
            {made.secret.match(/.{1,4}/g)?.join(' ')}
          </p>
          <a href={made.uri} className={`${buttonLook('quiet')} self-start sm:hidden`}>
            {t('open')}
          </a>
        </div>
      </div>
      <Form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          finishing.mutate(code.replaceAll(/\s/g, ''));
        }}
      >
        <TextField
          label={t('code')}
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          value={code}
          onChange={setCode}
          isInvalid={error !== undefined}
          error={error}
          isRequired
          autoFocus
        />
        <div className="flex flex-wrap gap-3">
          <Button type="submit" isPending={finishing.isPending}>
            {t('action')}
          </Button>
          <Button look="secondary" onPress={onCancel}>
            {common('cancel')}
          </Button>
        </div>
      </Form>
    </div>
  );
}
