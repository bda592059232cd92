'use client';

import type { VisitId } from '@sotto/protocol/ids';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { changeBirthDate } from '../clinic/clinicApi.ts';
import { Button } from '../components/Button.tsx';
import { Notice } from '../components/Notice.tsx';
import { BirthDateField } from './BirthDateField.tsx';
import { useBirthDate } from './useBirthDate.ts';

/** Puts the date of birth right that a visit's link asks for. Which one the clinic has is shown to nobody. */
export function BirthDateChange({ visit }: { visit: VisitId }) {
  const t = useTranslations('birthDate.change');
  const queries = useQueryClient();
  const born = useBirthDate();
  const [isOpen, setOpen] = useState(false);
  const changing = useMutation({
    mutationFn: (birthDate: string) => changeBirthDate(visit, { birthDate }),
    onSuccess: async () => {
      setOpen(false);
      await queries.invalidateQueries({ queryKey: ['visits', 'list'] });
    },
  });
  if (!isOpen) {
    return (
      <div className="flex flex-col items-start gap-3">
        {changing.isSuccess ? (
          <Notice title={t('done.title')} live>
            {t('done.text')}
          </Notice>
        ) : null}
        <Button look="quiet" size="small" onPress={() => setOpen(true)}>
          {t('open')}
        </Button>
      </div>
    );
  }
  return (
    <Form
      className="flex flex-col gap-4 border-t border-line pt-5"
      onSubmit={(event) => {
        event.preventDefault();
        const date = born.read();
        if (date !== null) changing.mutate(date);
      }}
    >
      {changing.isError ? (
        <Notice tone="danger" title={t('failed.title')} live>
          {t('failed.text')}
        </Notice>
      ) : null}
      <BirthDateField label={t('label')} description={t('hint')} {...born.field} isRequired />
      <div className="flex flex-wrap gap-3">
        <Button type="submit" size="small" isPending={changing.isPending}>
          {t('save')}
        </Button>
        <Button look="secondary" size="small" onPress={() => setOpen(false)}>
          {t('cancel')}
        </Button>
      </div>
    </Form>
  );
}
