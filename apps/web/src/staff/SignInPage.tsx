'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { visitId } from '@sotto/protocol/ids';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { signIn } from '../clinic/clinicApi.ts';
import { sessionQuery, useClinicName } from '../clinic/clinicQueries.ts';
import { faultCode } from '../clinic/errors.ts';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { PageShell } from '../components/PageShell.tsx';
import { TextField } from '../components/TextField.tsx';
import { useRouter } from '../i18n/navigation.ts';
import { parseRecordAddress } from '../record/recordAddress.ts';
import { homeOf } from './heldRoles.ts';

/**
 * After signing in: back to the visit or the record that asked for it (its id is behind the `#`), else to where each
 * role's work begins.
 */
function destination({ staff }: StaffSession): string {
  const { hash } = window.location;
  if (visitId.safeParse(hash.slice(1)).success) return `/visit/${hash}`;
  if (parseRecordAddress(hash) !== null) return `/record/${hash}`;
  return homeOf(staff);
}

function problemOf(error: Error): 'wrong' | 'tooMany' | 'unreachable' {
  switch (faultCode(error)) {
    case 'unauthenticated':
    case 'invalid':
    case 'forbidden':
      return 'wrong';
    case 'rateLimited':
      return 'tooMany';
    default:
      return 'unreachable';
  }
}

export function SignInPage() {
  const t = useTranslations('signIn');
  const clinic = useClinicName();
  const router = useRouter();
  const queries = useQueryClient();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const attempt = useMutation({
    mutationFn: signIn,
    onSuccess: (session) => {
      queries.clear();
      queries.setQueryData(sessionQuery.queryKey, session);
      router.replace(destination(session));
    },
    onError: () => setPassword(''),
  });
  return (
    <PageShell owner={clinic}>
      <div className="mx-auto flex max-w-md flex-col gap-6 sm:pt-6">
        <div className="flex flex-col gap-2">
          <h1 className="text-2xl font-semibold tracking-tight sm:text-3xl">{t('title')}</h1>
          <p className="text-ink-soft">{t('text')}</p>
        </div>
        {attempt.isError ? (
          <Notice tone="danger" title={t(`${problemOf(attempt.error)}.title`)} live>
            {t(`${problemOf(attempt.error)}.text`)}
          </Notice>
        ) : null}
        <Form
          className="flex flex-col gap-5"
          onSubmit={(event) => {
            event.preventDefault();
            attempt.mutate({ email: email.trim(), password });
          }}
        >
          <TextField
            label={t('email')}
            type="email"
            name="email"
            autoComplete="username"
            value={email}
            onChange={setEmail}
            isRequired
            autoFocus
          />
          <TextField
            label={t('password')}
            type="password"
            name="password"
            autoComplete="current-password"
            value={password}
            onChange={setPassword}
            isRequired
          />
          <Button type="submit" isPending={attempt.isPending || attempt.isSuccess} wide>
            {t('submit')}
          </Button>
        </Form>
        <p className="text-sm text-ink-soft">{t('patientHint')}</p>
      </div>
    </PageShell>
  );
}
