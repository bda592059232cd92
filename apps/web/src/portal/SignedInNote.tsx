'use client';

import type { PatientSession } from '@sotto/protocol/patientSignIn';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { browserStorage } from '../call/browserStorage.ts';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { forgetPatient } from '../join/forgetPatient.ts';
import { signOutPatient } from './patientSessionApi.ts';

interface SignedInNoteProps {
  session: PatientSession;
  idleSeconds: number;
  /** Once this browser has forgotten what was read. */
  onSignedOut: () => void;
}

/** Says for how long a session that a key began goes on, and ends it. */
export function SignedInNote({ session, idleSeconds, onSignedOut }: SignedInNoteProps) {
  const t = useTranslations('portal.signedIn');
  const queries = useQueryClient();
  const ending = useMutation({
    mutationFn: signOutPatient,
    onSuccess: () => {
      const { patient: patientId, visit: visitId } = session;
      forgetPatient(queries, { visitId, patientId }, browserStorage('localStorage'));
      onSignedOut();
    },
  });
  return (
    <Notice
      title={t('title')}
      actions={
        <Button look="secondary" isPending={ending.isPending} onPress={() => ending.mutate()}>
          {t('signOut')}
        </Button>
      }
    >
      <p>{t('text', { minutes: Math.round(idleSeconds / 60) })}</p>
      {ending.isError ? <p role="alert">{t('failed')}</p> : null}
    </Notice>
  );
}
