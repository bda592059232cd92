'use client';

import { patientId } from '@sotto/protocol/ids';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { Button } from '../components/Button.tsx';
import { TextField } from '../components/TextField.tsx';

/** A patient by the number that stands for their name in the log. */
export function FindPatient() {
  const t = useTranslations('kept.find');
  const [typed, setTyped] = useState('');
  const [isWrong, setWrong] = useState(false);
  return (
    <section aria-labelledby="find-title" className="flex flex-col gap-4">
      <h2 id="find-title" className="text-xl font-semibold tracking-tight">
        {t('title')}
      </h2>
      <Form
        className="flex flex-col gap-4 rounded-lg border border-line bg-surface p-5"
        validationBehavior="aria"
        onSubmit={(event) => {
          event.preventDefault();
          const parsed = patientId.safeParse(typed.trim());
          setWrong(!parsed.success);
          if (parsed.success) window.location.hash = `patient=${parsed.data}`;
        }}
      >
        <TextField
          label={t('label')}
          description={t('hint')}
          value={typed}
          onChange={(value) => {
            setTyped(value);
            setWrong(false);
          }}
          autoComplete="off"
          spellCheck="false"
          isInvalid={isWrong}
          error={isWrong ? t('wrong') : undefined}
        />
        <Button type="submit" look="secondary" wide>
          {t('action')}
        </Button>
      </Form>
    </section>
  );
}
