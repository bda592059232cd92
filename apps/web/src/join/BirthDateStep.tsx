'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { Button } from '../components/Button.tsx';
import { FocusHeading } from '../components/FocusHeading.tsx';
import { Notice } from '../components/Notice.tsx';
import { TextField } from '../components/TextField.tsx';
import { dateInputValue } from '../today/day.ts';

interface BirthDateStepProps {
  /** How often a date was sent that isn't the patient's. */
  wrong: number;
  isPending: boolean;
  onTell: (date: string) => void;
}

/** Before anything of the visit is shown: whoever has the link says the patient's date of birth. */
export function BirthDateStep({ wrong, isPending, onTell }: BirthDateStepProps) {
  const t = useTranslations('join.birthDate');
  const [date, setDate] = useState('');
  return (
    <Form
      className="flex flex-col gap-6"
      onSubmit={(event) => {
        event.preventDefault();
        onTell(date);
      }}
    >
      <div className="flex flex-col gap-2">
        <FocusHeading>{t('title')}</FocusHeading>
        <p className="text-lg text-ink-soft">{t('text')}</p>
      </div>
      {wrong > 0 && !isPending ? (
        <Notice key={wrong} tone="danger" title={t('wrong.title')} live>
          {t('wrong.text')}
        </Notice>
      ) : null}
      <TextField
        label={t('label')}
        type="date"
        value={date}
        onChange={setDate}
        autoComplete="bday"
        min="1900-01-01"
        max={dateInputValue(new Date())}
        isRequired
      />
      <Button type="submit" size="large" wide isPending={isPending}>
        {t('continue')}
      </Button>
    </Form>
  );
}
