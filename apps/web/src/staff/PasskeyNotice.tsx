'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { useQueryClient } from '@tanstack/react-query';
import { Fingerprint } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { sessionQuery } from '../clinic/clinicQueries.ts';
import { Button } from '../components/Button.tsx';
import { buttonLook } from '../components/buttonLook.ts';
import { Notice } from '../components/Notice.tsx';
import { Link } from '../i18n/navigation.ts';
import { signInProblem } from './signInProblem.ts';
import { usePasskeySignIn } from './usePasskeySignIn.ts';

/** What a session without a passkey can't do, and the way to bring one to it. */
export function PasskeyNotice({ session: { staff } }: { session: StaffSession }) {
  const t = useTranslations('signIn');
  const queries = useQueryClient();
  const attempt = usePasskeySignIn(staff.id, (session) => queries.setQueryData(sessionQuery.queryKey, session));
  const limits = staff.roles.includes('physician') ? 'limited' : 'limitedOther';
  return (
    <Notice
      tone="waiting"
      title={t(`${limits}.title`)}
      actions={
        <>
          <Button look="secondary" isPending={attempt.isPending} onPress={() => attempt.mutate()}>
            <Fingerprint aria-hidden className="size-5" />
            {t('limited.action')}
          </Button>
          <Link href="/passkeys/" prefetch={false} className={buttonLook('quiet')}>
            {t('limited.make')}
          </Link>
        </>
      }
    >
      <p>{t(`${limits}.text`)}</p>
      {attempt.isError ? <p role="alert">{t(`${signInProblem(attempt.error)}.text`)}</p> : null}
    </Notice>
  );
}
