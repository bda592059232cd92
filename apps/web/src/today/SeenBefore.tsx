'use client';

import type { FoundPatients } from '@sotto/protocol/clinic';
import { useTranslations } from 'next-intl';
import { useId } from 'react';
import { Button } from '../components/Button.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import type { SeenBeforeState, SeenChoice } from './useSeenBefore.ts';

/** Whether the patient was here before, and if somebody was, whether it's them. It has its place from the beginning: nothing jumps. */
export function SeenBefore({ state, found, choice, isMissing, choose, again }: SeenBeforeState) {
  const t = useTranslations('newVisit.seen');
  const lastVisitWords = useLastVisitWords();
  const [only] = found?.patients.length === 1 ? found.patients : [];
  const says = {
    blank: t('blank'),
    looking: t('looking'),
    none: t('none'),
    failed: t('failed'),
    found: only ? lastVisitWords(only.lastVisit) : t('several'),
  }[state];
  return (
    <div
      data-state={state}
      className="flex min-h-36 flex-col justify-center gap-3 rounded-lg border border-line bg-sunken p-4"
    >
      <p aria-live="polite" className={state === 'found' ? 'font-semibold' : 'text-ink-soft'}>
        {says}
      </p>
      {found && !found.isAll ? <p className="text-sm text-ink-soft">{t('notAll')}</p> : null}
      {state === 'failed' ? (
        <div>
          <Button look="secondary" size="small" onPress={again}>
            {t('again')}
          </Button>
        </div>
      ) : null}
      {state === 'found' && found ? (
        <Choice {...{ choice, isMissing, choose }} patients={found.patients} words={lastVisitWords} />
      ) : null}
    </div>
  );
}

type Found = FoundPatients['patients'][number];

function useLastVisitWords(): (visit: Found['lastVisit']) => string {
  const t = useTranslations('newVisit.seen');
  const times = useTimes();
  return (visit) => {
    if (visit === null) return t('noVisit');
    const day = times.date(new Date(`${visit.on}T00:00`));
    return visit.isOwn ? t('lastVisitOwn', { day }) : t('lastVisit', { day });
  };
}

interface ChoiceProps {
  patients: readonly Found[];
  words: (visit: Found['lastVisit']) => string;
  choice: SeenChoice | null;
  isMissing: boolean;
  choose: (made: SeenChoice) => void;
}

function Choice({ patients, words, choice, isMissing, choose }: ChoiceProps) {
  const t = useTranslations('newVisit.seen');
  const missing = useId();
  const same = patients.map(({ id, lastVisit }) => ({
    value: id,
    label: patients.length === 1 ? t('same') : t('sameOf', { visit: words(lastVisit) }),
  }));
  return (
    <fieldset aria-describedby={missing} className="flex min-w-0 flex-col gap-1">
      <legend className="sr-only">{t('question')}</legend>
      <div className={same.length === 1 ? 'grid grid-cols-2 gap-3' : 'flex flex-col'}>
        {[...same, { value: 'new' as const, label: t('new') }].map(({ value, label }) => (
          <label key={value} className="flex min-h-11 cursor-pointer items-center gap-3">
            <input
              type="radio"
              name={missing}
              checked={choice === value}
              aria-invalid={isMissing}
              onChange={() => choose(value)}
              className="size-5 shrink-0 accent-accent"
            />
            {label}
          </label>
        ))}
      </div>
      <p id={missing} role="alert" className="text-sm font-medium text-danger">
        {isMissing ? t('missing') : null}
      </p>
    </fieldset>
  );
}
