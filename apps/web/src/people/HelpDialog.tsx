'use client';

import type { StaffPerson } from '@sotto/protocol/people';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLocale, useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { Notice } from '../components/Notice.tsx';
import { Select } from '../components/Select.tsx';
import { localeNames, locales } from '../i18n/locales.ts';
import { ActTrouble } from './ActTrouble.tsx';
import { peopleQuery, resetSignIn, sendNewPassword } from './peopleApi.ts';

interface HelpDialogProps {
  person: StaffPerson;
  onClose: () => void;
}

/** Helps somebody who has lost their password or their authenticator app. */
export function HelpDialog({ person, onClose }: HelpDialogProps) {
  const t = useTranslations('staffPeople.help');
  const own = useLocale();
  const queries = useQueryClient();
  const [locale, setLocale] = useState(locales.find((one) => one === own) ?? locales[0]);
  const [isSure, setSure] = useState(false);
  const onSettled = () => queries.invalidateQueries({ queryKey: peopleQuery.queryKey, exact: true });
  const sending = useMutation({ mutationFn: () => sendNewPassword(person.id, locale), onSettled });
  const resetting = useMutation({ mutationFn: () => resetSignIn(person.id), onSettled });
  const { name, email } = person;
  if (sending.isSuccess || resetting.isSuccess) {
    return (
      <Dialog title={t(sending.isSuccess ? 'sent.title' : 'reset.title')} isOpen onClose={onClose}>
        <Notice live>
          <span className="wrap-anywhere">
            {sending.isSuccess ? t('sent.text', { email }) : t('reset.text', { name })}
          </span>
        </Notice>
        <Button onPress={onClose} autoFocus wide>
          {t('close')}
        </Button>
      </Dialog>
    );
  }
  return (
    <Dialog title={t('title', { name })} isOpen onClose={onClose}>
      <p className="text-ink-soft">{t('text')}</p>
      <section aria-labelledby="help-password" className="flex flex-col gap-3 border-t border-line pt-5">
        <h3 id="help-password" className="font-semibold">
          {t('password.title')}
        </h3>
        <p className="break-words text-ink-soft">{t('password.text', { email })}</p>
        <Select
          label={t('language')}
          value={locale}
          onChange={(value) => setLocale(locales.find((one) => one === value) ?? locale)}
          options={locales.map((one) => ({ value: one, label: localeNames[one] }))}
        />
        {sending.isError ? <ActTrouble error={sending.error} act="newPassword" /> : null}
        <Button
          look="secondary"
          isPending={sending.isPending}
          isDisabled={resetting.isPending}
          onPress={() => sending.mutate()}
          wide
        >
          {t('password.action')}
        </Button>
      </section>
      <section aria-labelledby="help-app" className="flex flex-col gap-3 border-t border-line pt-5">
        <h3 id="help-app" className="font-semibold">
          {t('app.title')}
        </h3>
        <p className="text-ink-soft">{t('app.text')}</p>
        {resetting.isError ? <ActTrouble error={resetting.error} act="reset" /> : null}
        <Button
          look={isSure ? 'danger' : 'dangerQuiet'}
          isPending={resetting.isPending}
          isDisabled={sending.isPending}
          onPress={() => (isSure ? resetting.mutate() : setSure(true))}
          wide
        >
          {t(isSure ? 'app.sure' : 'app.action')}
        </Button>
      </section>
    </Dialog>
  );
}
