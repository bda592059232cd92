'use client';

import { patientId } from '@sotto/protocol/ids';
import { useTranslations } from 'next-intl';
import { AnswerForm } from '../components/AnswerForm.tsx';
import { Button } from '../components/Button.tsx';

/** A patient by the number that stands for their name in the log. */
export function FindPatient() {
  const t = useTranslations('kept.find');
  return (
    <section aria-labelledby="find-title" className="flex flex-col gap-4">
      <h2 id="find-title" className="text-xl font-semibold tracking-tight">
        {t('title')}
      </h2>
      <AnswerForm
        className="flex flex-col gap-4 rounded-lg border border-line bg-surface p-5"
        label={t('label')}
        description={t('hint')}
        onAnswer={(typed) => {
          const parsed = patientId.safeParse(typed.trim());
          if (!parsed.success) return t('wrong');
          window.location.hash = `patient=${parsed.data}`;
          return null;
        }}
      >
        <Button type="submit" look="secondary" wide>
          {t('action')}
        </Button>
      </AnswerForm>
    </section>
  );
}
