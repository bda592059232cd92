'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { TextField } from '../components/TextField.tsx';
import type { PatientKey } from './patientKeys.ts';
import { type CodeKey, keyOfCode, parseRecoveryCode } from './recoveryCode.ts';

interface CodeDialogProps {
  keys: readonly PatientKey[];
  onCode: (key: CodeKey) => void;
  onClose: () => void;
}

/** Asks for the recovery code. Whether it is the patient's is seen here, before anything is asked of the key store. */
export function CodeDialog({ keys, onCode, onClose }: CodeDialogProps) {
  const t = useTranslations('portal.code');
  const common = useTranslations('common');
  const [typed, setTyped] = useState('');
  const [fault, setFault] = useState<'notACode' | 'notYours' | null>(null);
  const check = async () => {
    const code = parseRecoveryCode(typed);
    if (code === null) {
      setFault('notACode');
      return;
    }
    const key = await keyOfCode(code);
    if (keys.some(({ credential }) => credential === key.credential)) onCode(key);
    else setFault('notYours');
  };
  return (
    <Dialog title={t('title')} isOpen onClose={onClose}>
      <Form
        className="flex flex-col gap-5"
        validationBehavior="aria"
        onSubmit={(event) => {
          event.preventDefault();
          void check();
        }}
      >
        <p className="text-ink-soft">{t('text')}</p>
        <TextField
          label={t('label')}
          description={t('hint')}
          value={typed}
          onChange={(value) => {
            setTyped(value);
            setFault(null);
          }}
          autoComplete="off"
          spellCheck="false"
          maxLength={40}
          autoFocus
          isInvalid={fault !== null}
          error={fault === null ? undefined : t(fault)}
        />
        <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
          <Button look="secondary" onPress={onClose} wide>
            {common('cancel')}
          </Button>
          <Button type="submit" wide>
            {t('action')}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
