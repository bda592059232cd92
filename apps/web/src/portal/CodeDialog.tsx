'use client';

import { useMutation } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { AnswerForm } from '../components/AnswerForm.tsx';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import type { PatientKey } from './patientKeys.ts';
import { type CodeKey, keyOfCode, parseRecoveryCode } from './recoveryCode.ts';

interface CodeDialogProps {
  /** Keys of the patient that count; null where nobody is known yet, and the code is to say who it is. */
  keys: readonly PatientKey[] | null;
  onCode: (key: CodeKey) => void;
  onClose: () => void;
}

/** Asks for the recovery code. Whether it is the patient's is seen here, where they are known, before anything is asked of the key store. */
export function CodeDialog({ keys, onCode, onClose }: CodeDialogProps) {
  const t = useTranslations('portal.code');
  const common = useTranslations('common');
  // The code isn't kept after the dialog has let go of it.
  const making = useMutation({ mutationFn: keyOfCode, gcTime: 0 });
  const check = async (typed: string): Promise<string | null> => {
    const code = parseRecoveryCode(typed);
    if (code === null) return t('notACode');
    // What went wrong shows below.
    const key = await making.mutateAsync(code).catch(() => null);
    if (key === null) return null;
    if (keys !== null && !keys.some(({ credential }) => credential === key.credential)) return t('notYours');
    onCode(key);
    return null;
  };
  return (
    <Dialog title={t('title')} isOpen onClose={onClose}>
      <AnswerForm
        before={<p className="text-ink-soft">{t('text')}</p>}
        label={t('label')}
        description={t('hint')}
        maxLength={40}
        autoFocus
        onAnswer={check}
      >
        {making.isError ? <TroubleNotice error={making.error} /> : null}
        <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
          <Button look="secondary" onPress={onClose} wide>
            {common('cancel')}
          </Button>
          <Button type="submit" isPending={making.isPending} wide>
            {t(keys === null ? 'signIn' : 'action')}
          </Button>
        </div>
      </AnswerForm>
    </Dialog>
  );
}
