'use client';

import { KeyRound } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { TextField } from '../components/TextField.tsx';
import { canUsePasskeys } from '../keystore/passkey.ts';

interface NewPasskeyProps {
  isFirst: boolean;
  /** Clinicians have a licence that officers compare. */
  asksLicence: boolean;
  isPending: boolean;
  onCreate: (licence: string | null) => void;
}

/** Makes a passkey on this device: why, what the browser will ask, and one button. */
export function NewPasskey({ isFirst, asksLicence, isPending, onCreate }: NewPasskeyProps) {
  const t = useTranslations('passkeys.create');
  const [licence, setLicence] = useState('');
  if (!canUsePasskeys()) {
    return (
      <Notice tone="danger" title={t('unsupported.title')}>
        {t('unsupported.text')}
      </Notice>
    );
  }
  return (
    <Form
      className="flex flex-col gap-5 rounded-lg border border-line bg-surface p-5 sm:p-6"
      onSubmit={(event) => {
        event.preventDefault();
        onCreate(licence.trim() === '' ? null : licence.trim());
      }}
    >
      <div className="flex flex-col gap-2">
        <h2 className="flex items-center gap-2.5 text-lg font-semibold">
          <KeyRound aria-hidden className="size-5 shrink-0 text-accent" />
          {t(isFirst ? 'first' : 'another')}
        </h2>
        <p className="text-ink-soft">{t('reason')}</p>
        <p className="text-ink-soft">{t('twice')}</p>
      </div>
      {asksLicence ? (
        <TextField
          label={t('licence')}
          description={t('licenceHint')}
          value={licence}
          onChange={setLicence}
          autoComplete="off"
          maxLength={64}
          pattern="[\w.:\/\-]{1,64}"
        />
      ) : null}
      <Button type="submit" isPending={isPending} wide>
        {t('action')}
      </Button>
    </Form>
  );
}
