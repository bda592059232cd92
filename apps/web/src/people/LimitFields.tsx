'use client';

import { useTranslations } from 'next-intl';
import { Checkbox } from '../components/Checkbox.tsx';
import { TextField } from '../components/TextField.tsx';
import type { LimitProblems, LimitsDraft } from './limitsDraft.ts';
import { useDayName, weekdays } from './useLimitWords.ts';

interface LimitFieldsProps {
  draft: LimitsDraft;
  problems: LimitProblems;
  timeZone: string;
  onChange: (changed: Partial<LimitsDraft>) => void;
}

/** The limits of a role: for how long, from where, at which hours. */
export function LimitFields({ draft, problems, timeZone, onChange }: LimitFieldsProps) {
  const t = useTranslations('staffPeople.give');
  const { lastDay, network } = problems;
  return (
    <>
      <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
        <TextField
          label={t('firstDay')}
          description={t('firstDayHint')}
          type="date"
          value={draft.firstDay}
          onChange={(firstDay) => onChange({ firstDay })}
        />
        <TextField
          label={t('lastDay')}
          description={t('lastDayHint')}
          type="date"
          value={draft.lastDay}
          onChange={(value) => onChange({ lastDay: value })}
          isInvalid={lastDay !== undefined}
          error={lastDay ? t(`problem.${lastDay}`) : undefined}
        />
      </div>
      <TextField
        label={t('network')}
        description={t('networkHint')}
        value={draft.network}
        onChange={(value) => onChange({ network: value })}
        autoComplete="off"
        spellCheck="false"
        isInvalid={network !== undefined}
        error={network ? t(`problem.${network}`) : undefined}
      />
      <Checkbox label={t('hasHours')} isChecked={draft.hasHours} onChange={(hasHours) => onChange({ hasHours })} />
      {draft.hasHours ? <HourFields {...{ draft, problems, timeZone, onChange }} /> : null}
    </>
  );
}

function HourFields({ draft, problems, timeZone, onChange }: LimitFieldsProps) {
  const t = useTranslations('staffPeople.give');
  const { hours, days } = problems;
  return (
    <>
      <div className="grid grid-cols-2 gap-4">
        <TextField
          label={t('begins')}
          type="time"
          value={draft.begins}
          onChange={(begins) => onChange({ begins })}
          isInvalid={hours !== undefined}
          error={hours ? t(`problem.${hours}`) : undefined}
        />
        <TextField
          label={t('ends')}
          type="time"
          value={draft.ends}
          onChange={(ends) => onChange({ ends })}
          isInvalid={hours !== undefined}
        />
      </div>
      <Days chosen={draft.days} onChange={(chosen) => onChange({ days: chosen })} />
      {days ? (
        <p role="alert" className="text-sm font-medium text-danger">
          {t(`problem.${days}`)}
        </p>
      ) : null}
      <p className="text-sm text-ink-soft">{t('hoursHint', { timeZone })}</p>
    </>
  );
}

interface DaysProps {
  chosen: readonly number[];
  onChange: (chosen: readonly number[]) => void;
}

/** Weekdays, each on or off. */
function Days({ chosen, onChange }: DaysProps) {
  const t = useTranslations('staffPeople.give');
  const [short, long] = [useDayName('short'), useDayName('long')];
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1.5 font-medium">{t('days')}</legend>
      <div className="grid grid-cols-4 gap-2 sm:grid-cols-7">
        {weekdays.map((day) => (
          <label
            key={day}
            className="relative grid min-h-11 cursor-pointer place-items-center rounded-md border border-line-strong bg-surface px-1 text-sm font-medium has-checked:border-accent has-checked:bg-accent-soft has-checked:text-accent has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
          >
            <input
              type="checkbox"
              aria-label={long(day)}
              checked={chosen.includes(day)}
              onChange={({ target }) =>
                onChange(target.checked ? [...chosen, day] : chosen.filter((one) => one !== day))
              }
              className="absolute inset-0 cursor-pointer opacity-0"
            />
            <span aria-hidden>{short(day)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
