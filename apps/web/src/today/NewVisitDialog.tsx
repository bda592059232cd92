'use client';

import type { Visit } from '@sotto/protocol/clinic';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { BirthDateField } from '../birthDate/BirthDateField.tsx';
import { useBirthDate } from '../birthDate/useBirthDate.ts';
import { createVisit, renewInvitation } from '../clinic/clinicApi.ts';
import { configQuery } from '../clinic/clinicQueries.ts';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { Notice } from '../components/Notice.tsx';
import { Select } from '../components/Select.tsx';
import { TextField } from '../components/TextField.tsx';
import { type Day, dateInputValue, instantOf, nextSlot, timeInputValue } from './day.ts';
import { InvitationDialog } from './InvitationDialog.tsx';
import { SeenBefore } from './SeenBefore.tsx';
import { useSeenBefore } from './useSeenBefore.ts';

const lengths = [10, 15, 20, 30, 45, 60, 90] as const;

/** Makes a visit; then offers its invitation link at once. */
export function NewVisitDialog({ day, onClose }: { day: Day; onClose: () => void }) {
  const t = useTranslations('newVisit');
  const queries = useQueryClient();
  const [made, setMade] = useState<Visit | null>(null);
  const [patientName, setPatientName] = useState('');
  const born = useBirthDate();
  const { data: config } = useQuery(configQuery);
  const [isReading, setReading] = useState(false);
  const seen = useSeenBefore(patientName.trim(), born.date);
  const isRequired = config?.birthDates !== 'optional';
  const [slot] = useState(() => nextSlot(new Date()));
  const [date, setDate] = useState(() => dateInputValue(slot > day.from && slot < day.to ? slot : day.from));
  const [time, setTime] = useState(() => timeInputValue(slot));
  const [minutes, setMinutes] = useState<number>(20);
  const creating = useMutation({
    mutationFn: createVisit,
    onSuccess: async (visit) => {
      // Without one the dialog says so, and offers to make it.
      await renewInvitation(visit.id).catch(() => undefined);
      setMade(visit);
      await queries.invalidateQueries({ queryKey: ['visits', 'list'] });
    },
    // Who was found may have been erased meanwhile.
    onError: () => queries.invalidateQueries({ queryKey: ['patients'] }),
  });
  async function handIn(): Promise<void> {
    const startsAt = instantOf(date, time);
    const birthDate = born.isBlank ? undefined : born.read();
    // A second press while it is looked for makes no second visit.
    if (!startsAt || birthDate === null || isReading || creating.isPending) return;
    setReading(true);
    const who = await seen.read().finally(() => setReading(false));
    if (who.tag === 'asks') return;
    creating.mutate({ patientName, birthDate, patientId: who.patient, startsAt: startsAt.toISOString(), minutes });
  }
  if (made) return <InvitationDialog visit={made} isNew onClose={onClose} />;
  return (
    <Dialog title={t('title')} isOpen onClose={onClose}>
      {creating.isError ? (
        <Notice tone="danger" title={t('failed.title')} live>
          {t('failed.text')}
        </Notice>
      ) : null}
      <Form
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          void handIn();
        }}
      >
        <TextField
          label={t('patientName')}
          description={t('patientNameHint')}
          value={patientName}
          onChange={setPatientName}
          autoComplete="off"
          maxLength={120}
          isRequired
          autoFocus
        />
        <BirthDateField
          label={isRequired ? t('birthDate') : t('birthDateOptional')}
          description={t('birthDateHint')}
          {...born.field}
          isRequired={isRequired}
        />
        <SeenBefore {...seen} />
        <div className="grid grid-cols-2 gap-4">
          <TextField label={t('date')} type="date" value={date} onChange={setDate} isRequired />
          <TextField label={t('time')} type="time" value={time} onChange={setTime} isRequired />
        </div>
        <Select
          label={t('length')}
          value={String(minutes)}
          onChange={(value) => setMinutes(Number(value))}
          options={lengths.map((length) => ({ value: String(length), label: t('minutes', { minutes: length }) }))}
        />
        <div className="flex flex-col-reverse gap-3 pt-1 sm:flex-row sm:justify-end">
          <Button look="secondary" onPress={onClose} wide>
            {t('cancel')}
          </Button>
          <Button type="submit" isPending={isReading || creating.isPending} wide>
            {t('create')}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
