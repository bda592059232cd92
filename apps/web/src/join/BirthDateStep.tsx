'use client';

import { useTranslations } from 'next-intl';
import { Form } from 'react-aria-components/Form';
import { BirthDateField } from '../birthDate/BirthDateField.tsx';
import { useBirthDate } from '../birthDate/useBirthDate.ts';
import { Button } from '../components/Button.tsx';
import { FocusHeading } from '../components/FocusHeading.tsx';
import { Notice } from '../components/Notice.tsx';

interface BirthDateStepProps {
  /** How often a date was sent that isn't the patient's. */
  wrong: number;
  isPending: boolean;
  onTell: (date: string) => void;
}

/** Before anything of the visit is shown: whoever has the link says the patient's date of birth. */
export function BirthDateStep({ wrong, isPending, onTell }: BirthDateStepProps) {
  const t = useTranslations('join.birthDate');
  const born = useBirthDate();
  return (
    <Form
      className="flex flex-col gap-6"
      onSubmit={(event) => {
        event.preventDefault();
        const date = born.read();
        if (date !== null) onTell(date);
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
      <BirthDateField label={t('label')} description={t('hint')} {...born.field} isOwn isRequired />
      <Button type="submit" size="large" wide isPending={isPending}>
        {t('continue')}
      </Button>
    </Form>
  );
}
