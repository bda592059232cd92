'use client';

import type { StaffPeople } from '@sotto/protocol/people';
import { type AskedAction, type AskedOf, askedActionNames, askedActions } from '@sotto/protocol/policyQuestion';
import { useMutation } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { Button } from '../components/Button.tsx';
import { Checkbox } from '../components/Checkbox.tsx';
import { Notice } from '../components/Notice.tsx';
import { Select } from '../components/Select.tsx';
import { TextField } from '../components/TextField.tsx';
import { clinicInstant, clinicMoment } from './clinicTime.ts';
import { MayAnswer } from './MayAnswer.tsx';
import { askPolicy, isAddress } from './peopleApi.ts';

type ActionWord = Parameters<ReturnType<typeof useTranslations<'staffPeople.question.action'>>>[0];
const actionWord = (action: AskedAction) => action.replaceAll(':', '-') as ActionWord;

/** "May X do Y on Z at that time, and why": asked of the policies that the api goes by. */
export function MayQuestion({ known: { people, timeZone } }: { known: StaffPeople }) {
  const t = useTranslations('staffPeople.question');
  const [first] = people;
  const [staff, setStaff] = useState(first?.id);
  const [action, setAction] = useState<AskedAction>('object:open:note');
  const [of, setOf] = useState<AskedOf>('related');
  // The next full minute: what was given in this one counts by then.
  const [moment, setMoment] = useState(() => clinicMoment(new Date(Date.now() + 59_999), timeZone));
  const [address, setAddress] = useState('');
  const [isWrong, setIsWrong] = useState(false);
  const [passkey, setPasskey] = useState(true);
  const asking = useMutation({ mutationFn: askPolicy });
  const kinds: readonly AskedOf[] = askedActions[action];
  const person = people.find(({ id }) => id === staff);
  const submit = () => {
    const at = clinicInstant(moment.day, moment.time, timeZone);
    const wrong = address.trim() !== '' && !isAddress(address.trim());
    setIsWrong(wrong);
    if (at === null || staff === undefined || wrong) return;
    const from = address.trim() === '' ? null : address.trim();
    asking.mutate({ staff, action, of, at: at.toISOString(), address: from, passkey });
  };
  return (
    <section aria-labelledby="question-title" className="flex flex-col gap-4">
      <div className="flex flex-col gap-1">
        <h2 id="question-title" className="text-xl font-semibold tracking-tight">
          {t('title')}
        </h2>
        <p className="max-w-2xl text-ink-soft">{t('text')}</p>
      </div>
      <Form
        className="flex flex-col gap-5 rounded-lg border border-line bg-surface p-4 sm:p-5"
        validationBehavior="aria"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {/* An answer is of what was asked: whatever changes takes it away. */}
        <div className="flex flex-col gap-5" onChange={() => asking.reset()}>
          <div className="grid gap-4 sm:grid-cols-3">
            <Select
              label={t('who')}
              value={staff ?? ''}
              onChange={(value) => setStaff(people.find(({ id }) => id === value)?.id)}
              options={people.map(({ id, name }) => ({ value: id, label: name }))}
            />
            <Select
              label={t('what')}
              value={action}
              onChange={(value) => {
                const next = askedActionNames.find((one) => one === value) ?? action;
                const possible: readonly AskedOf[] = askedActions[next];
                setAction(next);
                setOf(possible.includes(of) ? of : (possible[0] ?? 'own'));
              }}
              options={askedActionNames.map((one) => ({ value: one, label: t(`action.${actionWord(one)}`) }))}
            />
            {kinds.length > 1 ? (
              <Select
                label={t('of.label')}
                value={of}
                onChange={(value) => setOf(kinds.find((one) => one === value) ?? of)}
                options={kinds.map((one) => ({ value: one, label: t(`of.${one}`) }))}
              />
            ) : null}
          </div>
          <div className="grid grid-cols-2 gap-4 sm:grid-cols-3">
            <TextField
              label={t('day')}
              type="date"
              value={moment.day}
              onChange={(day) => setMoment({ ...moment, day })}
              isRequired
            />
            <TextField
              label={t('time')}
              type="time"
              value={moment.time}
              onChange={(time) => setMoment({ ...moment, time })}
              isRequired
            />
            <div className="col-span-2 sm:col-span-1">
              <TextField
                label={t('address')}
                description={t('addressHint')}
                value={address}
                onChange={(value) => {
                  setAddress(value);
                  setIsWrong(false);
                }}
                autoComplete="off"
                isInvalid={isWrong}
                error={isWrong ? t('addressWrong') : undefined}
              />
            </div>
          </div>
          <div className="flex flex-wrap items-center justify-between gap-x-5 gap-y-3">
            <div>
              <Checkbox label={t('passkey')} isChecked={passkey} onChange={setPasskey} />
              <p className="text-sm text-ink-soft">{t('clock', { timeZone })}</p>
            </div>
            <Button type="submit" isPending={asking.isPending} wide>
              {t('ask')}
            </Button>
          </div>
        </div>
        {asking.isError ? (
          <Notice tone="danger" live>
            {t('failed')}
          </Notice>
        ) : null}
        {asking.data && person ? <MayAnswer answer={asking.data} person={person} timeZone={timeZone} /> : null}
      </Form>
    </section>
  );
}
