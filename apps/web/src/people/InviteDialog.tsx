'use client';

import { type StaffRole, staffRoles } from '@sotto/protocol/clinic';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLocale, useTranslations } from 'next-intl';
import { useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { Notice } from '../components/Notice.tsx';
import { Select } from '../components/Select.tsx';
import { TextField } from '../components/TextField.tsx';
import { localeNames, locales } from '../i18n/locales.ts';
import { useRoleName } from '../staff/useRoleName.ts';
import { ActTrouble } from './ActTrouble.tsx';
import { inviteStaff, isEmail, peopleQuery } from './peopleApi.ts';

/** Invites somebody to an account: they choose their password by the link that is mailed to them. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations('staffPeople.invite');
  const roleName = useRoleName();
  const own = useLocale();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<StaffRole>('physician');
  const [locale, setLocale] = useState(locales.find((one) => one === own) ?? locales[0]);
  const [isWrong, setIsWrong] = useState(false);
  const inviting = useMutation({
    mutationFn: inviteStaff,
    onSettled: () => queries.invalidateQueries({ queryKey: peopleQuery.queryKey, exact: true }),
  });
  const submit = () => {
    const address = email.trim();
    setIsWrong(!isEmail(address));
    if (isEmail(address)) inviting.mutate({ name: name.trim(), email: address, role, locale });
  };
  if (inviting.isSuccess) {
    return (
      <Dialog title={t('done')} isOpen onClose={onClose}>
        <Notice live>{t('sent', { email: inviting.variables.email })}</Notice>
        <Button onPress={onClose} autoFocus wide>
          {t('close')}
        </Button>
      </Dialog>
    );
  }
  return (
    <Dialog title={t('title')} isOpen onClose={onClose}>
      <p className="text-ink-soft">{t('text')}</p>
      <Form
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <TextField
          label={t('name')}
          value={name}
          onChange={setName}
          maxLength={120}
          autoComplete="off"
          isRequired
          autoFocus
        />
        <TextField
          label={t('email')}
          value={email}
          onChange={(value) => {
            setEmail(value);
            setIsWrong(false);
          }}
          type="email"
          maxLength={254}
          autoComplete="off"
          isRequired
          isInvalid={isWrong}
          error={isWrong ? t('wrongEmail') : undefined}
        />
        <Select
          label={t('role')}
          value={role}
          onChange={(value) => setRole(staffRoles.find((one) => one === value) ?? role)}
          options={staffRoles.map((one) => ({ value: one, label: roleName(one) }))}
        />
        <Select
          label={t('language')}
          value={locale}
          onChange={(value) => setLocale(locales.find((one) => one === value) ?? locale)}
          options={locales.map((one) => ({ value: one, label: localeNames[one] }))}
        />
        {inviting.isError ? <ActTrouble error={inviting.error} act="invite" /> : null}
        <div className="flex flex-col-reverse gap-3 pt-1 sm:flex-row sm:justify-end">
          <Button look="secondary" onPress={onClose} wide>
            {t('cancel')}
          </Button>
          <Button type="submit" isPending={inviting.isPending} wide>
            {t('action')}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
