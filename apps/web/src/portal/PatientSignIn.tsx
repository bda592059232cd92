'use client';

import type { PatientSession } from '@sotto/protocol/patientSignIn';
import { useMutation } from '@tanstack/react-query';
import { FileKey2, Fingerprint } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { assertionText, canUsePasskeys, signWithAnyPasskey } from '../keystore/passkey.ts';
import type { Pins } from '../keystore/pins.ts';
import { CodeDialog } from './CodeDialog.tsx';
import { type SignWithOwnKey, signInByOwnKey } from './patientSignIn.ts';
import { patientSignInProblem } from './patientSignInProblem.ts';

interface PatientSignInProps {
  pins: Pins;
  onSignedIn: (session: PatientSession) => void;
}

/** The patient's own way in, without a visit's link: a passkey of theirs, or their recovery code. */
export function PatientSignIn({ pins, onSignedIn }: PatientSignInProps) {
  const t = useTranslations('portal.signIn');
  const [isAskingCode, setAskingCode] = useState(false);
  const signing = useMutation({
    mutationFn: (sign: SignWithOwnKey) => signInByOwnKey(pins, window.location.origin, sign),
    onSuccess: onSignedIn,
    // A code's key isn't kept after it has signed.
    gcTime: 0,
  });
  const byPasskey: SignWithOwnKey = async (challenge) =>
    assertionText(await signWithAnyPasskey(pins.rpId, challenge, 'asked', new AbortController().signal));
  const problem = signing.isError ? patientSignInProblem(signing.error) : null;
  return (
    <section
      aria-labelledby="own-sign-in"
      className="flex flex-col gap-5 rounded-lg border border-line bg-surface p-5 sm:p-6"
    >
      <div className="flex flex-col gap-1">
        <h2 id="own-sign-in" className="text-xl font-semibold tracking-tight">
          {t('title')}
        </h2>
        <p className="text-ink-soft">{t('text')}</p>
      </div>
      {problem === null ? null : (
        <Notice tone={problem === 'cancelled' ? 'waiting' : 'danger'} title={t(`${problem}.title`)} live>
          {t(`${problem}.text`)}
        </Notice>
      )}
      <div className="flex flex-col gap-3 sm:items-start">
        {canUsePasskeys() ? (
          <Button size="large" wide isPending={signing.isPending} onPress={() => signing.mutate(byPasskey)}>
            <Fingerprint aria-hidden className="size-5 shrink-0" />
            {t('passkey')}
          </Button>
        ) : null}
        <Button size="large" look="secondary" wide isDisabled={signing.isPending} onPress={() => setAskingCode(true)}>
          <FileKey2 aria-hidden className="size-5 shrink-0" />
          {t('code')}
        </Button>
      </div>
      <p className="text-sm text-ink-soft">{t('shared')}</p>
      {isAskingCode ? (
        <CodeDialog
          keys={null}
          onClose={() => setAskingCode(false)}
          onCode={({ sign }) => {
            setAskingCode(false);
            signing.mutate(sign);
          }}
        />
      ) : null}
    </section>
  );
}
