'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { TextField } from '../components/TextField.tsx';
import { parseRecordAddress } from './recordAddress.ts';

/** Where somebody whose account is disabled says what they need: no list is theirs to read. */
export function EmergencyLink() {
  const t = useTranslations('record.emergency');
  const [link, setLink] = useState('');
  const [isWrong, setIsWrong] = useState(false);
  const go = () => {
    const fragment = link.slice(link.indexOf('#')).trim();
    if (parseRecordAddress(fragment) === null) setIsWrong(true);
    else window.location.hash = fragment;
  };
  return (
    <form
      className="flex flex-col gap-4 rounded-lg border border-line bg-surface p-5 sm:p-6"
      onSubmit={(event) => {
        event.preventDefault();
        go();
      }}
    >
      <h1 className="text-2xl font-semibold tracking-tight">{t('title')}</h1>
      <p className="text-ink-soft">{t('text')}</p>
      <TextField
        label={t('link')}
        value={link}
        onChange={(typed) => {
          setIsWrong(false);
          setLink(typed);
        }}
        isInvalid={isWrong}
        error={t('wrong')}
        autoComplete="off"
        validationBehavior="aria"
      />
      <div>
        <Button type="submit" wide>
          {t('action')}
        </Button>
      </div>
    </form>
  );
}
